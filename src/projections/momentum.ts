import { ensureCapacity } from '../math/index.js';
import { day, decayed } from './decay.js';

/** Half-lives of popularity, ms: what moves now, and what sells at all. */
export const trendHalfLife = 7 * day;
export const popularityHalfLife = 60 * day;

/** Sums of event weights by row, decayed at two speeds, each as of the row's latest event. */
export class Momentum {
  #at = new Float64Array(1024);
  #trend = new Float64Array(1024);
  #popularity = new Float64Array(1024);

  /** A late event is decayed to the row's own time. */
  add(row: number, weight: number, time: number): void {
    this.#makeRoom(row);
    const at = this.#at[row]!;
    if (time >= at) {
      this.#trend[row] = decayed(this.#trend[row]!, at, time, trendHalfLife) + weight;
      this.#popularity[row] = decayed(this.#popularity[row]!, at, time, popularityHalfLife) + weight;
      this.#at[row] = time;
    } else {
      this.#trend[row]! += decayed(weight, time, at, trendHalfLife);
      this.#popularity[row]! += decayed(weight, time, at, popularityHalfLife);
    }
  }

  trend(row: number, now: number): number {
    return row < this.#at.length ? decayed(this.#trend[row]!, this.#at[row]!, now, trendHalfLife) : 0;
  }

  popularity(row: number, now: number): number {
    return row < this.#at.length
      ? decayed(this.#popularity[row]!, this.#at[row]!, now, popularityHalfLife)
      : 0;
  }

  /** Whether anything was added to the row. */
  has(row: number): boolean {
    return row < this.#at.length && this.#at[row]! > 0;
  }

  dump(row: number): { at: number; trend: number; popularity: number } {
    if (row >= this.#at.length) return { at: 0, trend: 0, popularity: 0 };
    return { at: this.#at[row]!, trend: this.#trend[row]!, popularity: this.#popularity[row]! };
  }

  restore(row: number, stored: { at: number; trend: number; popularity: number }): void {
    this.#makeRoom(row);
    this.#at[row] = stored.at;
    this.#trend[row] = stored.trend;
    this.#popularity[row] = stored.popularity;
  }

  #makeRoom(row: number): void {
    if (row < this.#at.length) return;
    this.#at = ensureCapacity(this.#at, row);
    this.#trend = ensureCapacity(this.#trend, row);
    this.#popularity = ensureCapacity(this.#popularity, row);
  }
}
