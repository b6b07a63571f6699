import { day } from './decay.js';
import { MarkTable } from './markTable.js';

/** What a day remembers at most, the longest ago marked going first; and of one shopper. */
const [marksKept, marksOfOne] = [200_000, 1_000];

/**
 * What counts once a day for a shopper and a thing, where no fold of the shoppers is at hand: marks by hash, forgotten
 * with the day, so that they name nobody and stay bounded. A day that is over does not come back: what arrives late is
 * of the last one. Who has named so much that nothing more is remembered of them counts no more that day: nobody makes
 * room for what they did before.
 */
export class DailyMarks {
  #day = Number.NEGATIVE_INFINITY;
  readonly #marks: MarkTable;
  /** How many are of each shopper. */
  readonly #shoppers: MarkTable;

  constructor(limit = marksKept) {
    this.#marks = new MarkTable(limit);
    this.#shoppers = new MarkTable(limit);
  }

  /** Raises a mark; returns by how much, 0 where it stood so high already. */
  raise(user: string, thing: string, value: number, time: number): number {
    const today = Math.floor(time / day);
    if (today > this.#day) {
      this.#day = today;
      this.#marks.clear();
      this.#shoppers.clear();
    }
    const key = hashOf(`${user}\n${thing}`);
    const known = this.#marks.get(key);
    if (known === undefined && !this.#admit(hashOf(user))) return 0;
    if (value <= (known ?? 0)) return 0;
    this.#marks.set(key, value);
    return value - (known ?? 0);
  }

  #admit(shopper: number): boolean {
    const marks = this.#shoppers.get(shopper) ?? 0;
    if (marks >= marksOfOne) return false;
    this.#shoppers.set(shopper, marks + 1);
    return true;
  }

  pack(): PackedMarks {
    return { day: this.#day, marks: this.#marks.pack(), shoppers: this.#shoppers.pack() };
  }

  restore({ day: last, marks, shoppers }: PackedMarks): void {
    this.#day = last;
    this.#marks.restore(marks);
    this.#shoppers.restore(shoppers);
  }
}

/** Of each table its older and its younger half, hash and number in turn. */
export interface PackedMarks {
  day: number;
  marks: [number[], number[]];
  shoppers: [number[], number[]];
}

/** 53 bits of two FNV-1a hashes of the text, read from either end. */
export function hashOf(text: string): number {
  let [low, high] = [0x811c9dc5, 0x811c9dc5];
  for (let at = 0, end = text.length - 1; end >= 0; at++, end--) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(end), 0x01000193);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
