/** One remembered event of a shopper, one item each. `time` in ms, `weight` from the event-type table. */
export interface ProfileEvent {
  item: string;
  type: string;
  time: number;
  weight: number;
  value?: number;
  quantity?: number;
  price?: number;
}

/** What a shopper has of an item, refunds taken off. */
export interface Bought {
  units: number;
  /** When it was bought first and last, ms, and on how many days. */
  first: number;
  last: number;
  times: number;
}

/**
 * What is known of a shopper now: their last events, oldest first, bounded.
 * Models compute a shopper's representation from this at request time; none stores a vector per user.
 */
export interface Profile {
  user: string;
  events: readonly ProfileEvent[];
  /** Items of older events that are no longer remembered one by one: what was touched stays touched. */
  touchedBefore?: ReadonlySet<string>;
  /** What they have bought, apart from what they looked at, and remembered for longer. */
  bought?: ReadonlyMap<string, Bought>;
  /** What they asked not to be shown. */
  hidden?: ReadonlySet<string>;
  /** Events ever seen, decayed or forgotten ones included. */
  total: number;
  /** Time-decayed number of events by type, at `now` of the request. */
  counters: Readonly<Record<string, number>>;
  firstSeen?: number;
  lastSeen?: number;
}

/** A profile as plain data: what is a map or a set travels as a list. */
export type PlainProfile = Omit<Profile, 'touchedBefore' | 'bought' | 'hidden'> & {
  touchedBefore?: string[];
  bought: ({ item: string } & Bought)[];
  hidden: string[];
};

export function plainProfile({ touchedBefore, bought, hidden, ...rest }: Profile): PlainProfile {
  return {
    ...rest,
    ...(touchedBefore && { touchedBefore: [...touchedBefore] }),
    bought: [...(bought ?? [])].map(([item, own]) => ({ item, ...own })),
    hidden: [...(hidden ?? [])],
  };
}
