import { normalQuantile } from '../stock/distributions.js';

/** The quantiles that are forecast. Others are read off between them. */
export const levels = [0.1, 0.5, 0.75, 0.9, 0.95] as const;
const places = levels.map(normalQuantile);

/**
 * Any quantile from those of `levels` (`values[at] …`): linear on the normal scale between two of them, along the last
 * two beyond them. Never below 0.
 */
export function quantileAt(values: ArrayLike<number>, at: number, share: number): number {
  const z = normalQuantile(share);
  let next = 1;
  while (next < places.length - 1 && places[next]! < z) next++;
  const [low, high] = [places[next - 1]!, places[next]!];
  const [from, to] = [values[at + next - 1]!, values[at + next]!];
  return Math.max(0, from + ((z - low) / (high - low)) * (to - from));
}

/** Smallest level that the forecast says is enough with probability `share`, and the share a level is enough for. */
export function shareBelow(values: ArrayLike<number>, at: number, units: number): number {
  let [low, high] = [0.001, 0.999];
  if (quantileAt(values, at, low) >= units) return low;
  if (quantileAt(values, at, high) <= units) return high;
  for (let turn = 0; turn < 30; turn++) {
    const middle = (low + high) / 2;
    if (quantileAt(values, at, middle) < units) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Mean pinball loss over the levels, times 2, of one outcome: in units, so that losses of items add up. */
export function pinball(values: ArrayLike<number>, at: number, units: number): number {
  let loss = 0;
  for (let q = 0; q < levels.length; q++) {
    const over = units - values[at + q]!;
    loss += 2 * Math.max(levels[q]! * over, (levels[q]! - 1) * over);
  }
  return loss / levels.length;
}

/** Quantiles that cross are put in order, and none is below 0. */
export function inOrder(values: Float32Array, at: number): void {
  for (let q = 0; q < levels.length; q++) {
    const floor = q === 0 ? 0 : values[at + q - 1]!;
    if (!(values[at + q]! >= floor)) values[at + q] = floor;
  }
}
