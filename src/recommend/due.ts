import type { Bought, Profile } from '../core/index.js';
import type { EngineContext } from './context.js';

/** Share of the usual time between two purchases after which an item is due again. */
const dueFrom = 0.8;
/** What is used up, bought once: due after this long, ms. */
const usedUpAfterMs = 14 * 86_400_000;

/** Where what is due stands in a list: at most two, not the first. */
export const duePlaces = [4, 9];

/**
 * Handles of what the shopper has, and of what of it is due: by the shop's word that it is used up, or `byRhythm` of their
 * own, where shoppers mostly buy again what they had.
 */
export function boughtAndDue(
  { catalogue }: EngineContext,
  { bought }: Profile,
  now: number,
  byRhythm: boolean,
): { had: ReadonlySet<number>; due: number[] } {
  const had = new Set<number>();
  const due: { handle: number; overdue: number }[] = [];
  for (const [id, one] of bought ?? []) {
    const handle = catalogue.find(id);
    const consumable = catalogue.item(handle)?.attributes?.consumable === true;
    const rhythm = byRhythm || consumable ? rhythmOf(one) : undefined;
    const gap = rhythm ?? (consumable ? usedUpAfterMs : undefined);
    const overdue = gap === undefined ? 0 : (now - one.last) / gap;
    if (overdue >= dueFrom) due.push({ handle, overdue });
    if (!consumable) had.add(handle);
  }
  due.sort((a, b) => Math.abs(1 - a.overdue) - Math.abs(1 - b.overdue) || a.handle - b.handle);
  return { had, due: due.map(({ handle }) => handle) };
}

/** Mean time between the days on which it was bought, ms; undefined where it was once. */
const rhythmOf = ({ first, last, times }: Bought): number | undefined =>
  times >= 2 && last > first ? (last - first) / (times - 1) : undefined;
