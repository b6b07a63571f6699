import { ensureCapacity } from '../math/index.js';
import { day, decayed } from './decay.js';

/** Half-lives of what happens together lately, ms. */
export const recentHalfLives = { today: day, hours: day / 8 } as const;
/** What is left of one that halves eight times as fast. */
function eighthPower(left: number): number {
  const square = left * left;
  const fourth = square * square;
  return fourth * fourth;
}
export type Lately = keyof typeof recentHalfLives;

/** Partners kept of an item. */
export const partnersKept = 32;

/** What a checkpoint keeps of an item: columns of equal length. */
export interface PackedPartners {
  others: number[];
  at: number[];
  today: number[];
  hours: number[];
}

/**
 * What is looked at, or bought, together lately: item row → other row → counts that halve in a day and in three hours, each as of the
 * pair's latest event. An item keeps a bounded number of others; what speaks least for itself gives way.
 */
export class RecentPairs {
  /** By item: its block (+1; 0: none), and how many others it holds. */
  #blocks = new Uint32Array(256);
  #held = new Uint8Array(256);
  #blockCount = 0;
  #others = new Uint32Array(partnersKept);
  #at = new Float64Array(partnersKept);
  readonly #counts = { today: new Float32Array(partnersKept), hours: new Float32Array(partnersKept) };
  /** Of each count of today the logarithm plus its time: they are in this order at whatever time they are compared. */
  #strength = new Float64Array(partnersKept);

  /** One visit or order held `other` beside `item`; the other direction is another call. A late one is worth what it still is. */
  add(item: number, other: number, time: number): void {
    if (item === other) return;
    const from = this.#open(item);
    const held = this.#held[item]!;
    let place = from;
    while (place < from + held && this.#others[place] !== other) place++;
    if (place < from + held) this.#count(place, time);
    else {
      if (held < partnersKept) this.#held[item] = held + 1;
      else place = this.#weakest(from);
      this.#set(place, other, time, 1, 1);
    }
  }

  /** Calls `found` with the others of `item` and their counts at `now`. */
  each(item: number, lately: Lately, now: number, found: (other: number, count: number) => void): void {
    const from = this.#blockOf(item);
    const counts = this.#counts[lately];
    for (let place = from; place < from + (this.#held[item] ?? 0); place++)
      found(this.#others[place]!, decayed(counts[place]!, this.#at[place]!, now, recentHalfLives[lately]));
  }

  dump(item: number): PackedPartners {
    const from = this.#blockOf(item);
    const part = (column: ArrayLike<number> & { subarray(from: number, to: number): ArrayLike<number> }) =>
      Array.from(column.subarray(from, from + (this.#held[item] ?? 0)));
    const { today, hours } = this.#counts;
    return { others: part(this.#others), at: part(this.#at), today: part(today), hours: part(hours) };
  }

  restore(item: number, { others, at, today, hours }: PackedPartners): void {
    if (others.length === 0) return;
    const from = this.#open(item);
    this.#held[item] = others.length;
    others.forEach((other, place) => {
      this.#set(from + place, other, at[place]!, today[place]!, hours[place]!);
    });
  }

  #set(place: number, other: number, time: number, today: number, hours: number): void {
    this.#others[place] = other;
    this.#put(place, time, today, hours);
  }

  #put(place: number, time: number, today: number, hours: number): void {
    const counts = this.#counts;
    this.#at[place] = time;
    counts.today[place] = today;
    counts.hours[place] = hours;
    // Of the count as it is kept, so that a restart finds the same.
    this.#strength[place] = Math.log2(counts.today[place]!) + time / recentHalfLives.today;
  }

  #count(place: number, time: number): void {
    const at = this.#at[place]!;
    const today = this.#counts.today[place]!;
    const hours = this.#counts.hours[place]!;
    const kept = decayed(1, Math.min(at, time), Math.max(at, time), recentHalfLives.today);
    const keptOfHours = eighthPower(kept);
    if (time >= at) this.#put(place, time, today * kept + 1, hours * keptOfHours + 1);
    else this.#put(place, at, today + kept, hours + keptOfHours);
  }

  #weakest(from: number): number {
    let weakest = from;
    for (let place = from + 1; place < from + partnersKept; place++)
      if (this.#strength[place]! < this.#strength[weakest]!) weakest = place;
    return weakest;
  }

  #blockOf(item: number): number {
    return Math.max(0, (this.#blocks[item] ?? 0) - 1) * partnersKept;
  }

  /** Where the block of the item begins. */
  #open(item: number): number {
    this.#blocks = ensureCapacity(this.#blocks, item);
    this.#held = ensureCapacity(this.#held, item);
    if (this.#blocks[item] === 0) {
      this.#blocks[item] = ++this.#blockCount;
      const last = this.#blockCount * partnersKept - 1;
      this.#others = ensureCapacity(this.#others, last);
      this.#at = ensureCapacity(this.#at, last);
      this.#strength = ensureCapacity(this.#strength, last);
      this.#counts.today = ensureCapacity(this.#counts.today, last);
      this.#counts.hours = ensureCapacity(this.#counts.hours, last);
    }
    return this.#blockOf(item);
  }
}
