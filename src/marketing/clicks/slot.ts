import type { Eviction } from '../../core/index.js';

export const outcomes = ['clicked', 'carted', 'bought'] as const;
export type Outcome = (typeof outcomes)[number];

/** Positions told apart; what is shown further down counts as the last. */
export const positions = 20;

/** What one item had in one slot: times shown at each position up to the last one it stood at, and what came of it. */
export interface Cell {
  shown: number[];
  came: Record<Outcome, number>;
}

export interface Slot {
  items: Map<string, Cell>;
  eviction: Eviction<string, Cell>;
  /** Whether the shop's own server named it; a page may name what it likes. */
  believed: boolean;
  /** Clicks at each position. */
  clicked: Float64Array;
  total: Record<Outcome, number>;
  /** By segment: times shown, weighed by what was expected, and clicks. */
  segments: Map<string, [expected: number, clicks: number]>;
  /** How often each position is looked at, against the first. */
  seen: Float64Array;
  rate: Record<Outcome, number>;
  firm: number;
  events: number;
}

/** Rates before anything was shown. */
export const firstRate: Readonly<Record<Outcome, number>> = { clicked: 0.02, carted: 0.005, bought: 0.002 };
export const none = (): Record<Outcome, number> => ({ clicked: 0, carted: 0, bought: 0 });

/** Times shown, each place counting as much as it is looked at. */
export function looked(shown: readonly number[], seen: Float64Array): number {
  let sum = 0;
  for (let place = 0; place < shown.length; place++) sum += shown[place]! * seen[place]!;
  return sum;
}

export function itemRate(slot: Slot, cell: Cell | undefined, outcome: Outcome): number {
  const rate = slot.rate[outcome];
  if (!cell) return rate;
  return (cell.came[outcome] + slot.firm) / (looked(cell.shown, slot.seen) + slot.firm / rate);
}

/** A segment's clicks over those expected of what it was shown, held to 1 by twenty clicks. */
export function segmentFactor({ segments }: Slot, segment: string): number {
  const counts = segments.get(segment);
  return counts ? (counts[1] + 20) / (counts[0] + 20) : 1;
}
