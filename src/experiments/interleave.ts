import type { Random } from '../core/index.js';
import { type Lift, liftOf, type Sample } from './lift.js';

export type Team = 'a' | 'b';
export interface Interleaved<T> {
  items: T[];
  /** Who drafted each item. */
  teams: Team[];
}

/**
 * Team-draft interleaving (Radlinski, Kurup & Joachims 2008): in each round both rankers draft their best item that is
 * not taken, in the order of a coin. A shopper sees one list; a click is a point for who drafted the item.
 */
export function teamDraft<T>(a: readonly T[], b: readonly T[], count: number, rng: Random): Interleaved<T> {
  const items: T[] = [];
  const teams: Team[] = [];
  const taken = new Set<T>();
  const next = { a: 0, b: 0 };
  const draft = (team: Team): boolean => {
    const list = team === 'a' ? a : b;
    while (next[team] < list.length && taken.has(list[next[team]]!)) next[team]++;
    if (next[team] === list.length || items.length === count) return false;
    const item = list[next[team]]!;
    taken.add(item);
    items.push(item);
    teams.push(team);
    return true;
  };
  for (;;) {
    const first: Team = rng.float() < 0.5 ? 'a' : 'b';
    const drafted = draft(first);
    const other = draft(first === 'a' ? 'b' : 'a');
    if (!drafted && !other) return { items, teams };
  }
}

/** Points of an impression: +1 where b had more clicks, −1 where a had, 0 else. */
export function points(teams: readonly Team[], clicked: readonly number[]): number {
  let difference = 0;
  for (const at of clicked) difference += teams[at] === 'b' ? 1 : -1;
  return Math.sign(difference);
}

/** Whether b is preferred to a, from the points of impressions: always valid. */
export function preference(pointsOf: Sample): Lift {
  // One sample against a second one that is 0 everywhere: its mean is the lift.
  return liftOf({ count: pointsOf.count, sum: 0, squares: 0 }, pointsOf);
}
