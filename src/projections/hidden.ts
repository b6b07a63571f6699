/** Items of one shopper that are remembered as hidden, or as shown again. */
const hiddenKept = 1_000;

/** What a shopper asked not to be shown, and what of it was taken back; by the time of the events. */
export type HiddenItems = Map<string, { time: number; hidden: boolean }>;

export function setHidden(all: HiddenItems, item: string, time: number, hidden: boolean): void {
  const known = all.get(item);
  if (known && time < known.time) return;
  all.delete(item);
  all.set(item, { time, hidden });
  if (all.size > hiddenKept) all.delete(all.keys().next().value!);
}

export function mergeHidden(from: HiddenItems, into: HiddenItems): void {
  for (const [item, { time, hidden }] of from) setHidden(into, item, time, hidden);
}

export const isHidden = (all: HiddenItems | undefined, item: string): boolean =>
  all?.get(item)?.hidden === true;
