/** The `share` quantile of values in ascending order, linear between neighbours (type 7 of Hyndman & Fan). */
export function sortedQuantile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  const place = share * (sorted.length - 1);
  const at = Math.floor(place);
  const next = sorted[Math.min(at + 1, sorted.length - 1)]!;
  return sorted[at]! + (place - at) * (next - sorted[at]!);
}
