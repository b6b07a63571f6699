import { day } from './decay.js';

/** What a day remembers at most; the longest ago marked goes first. */
const marksKept = 200_000;

/**
 * What counts once a day for a shopper and a thing, where no fold of the shoppers is at hand: marks by hash, forgotten
 * with the day, so that they name nobody and stay bounded. A day that is over does not come back: what arrives late is
 * of the last one.
 */
export class DailyMarks {
  #day = Number.NEGATIVE_INFINITY;
  #marks = new Map<number, number>();

  constructor(private readonly limit = marksKept) {}

  /** Raises a mark; returns by how much, 0 where it stood so high already. */
  raise(name: string, value: number, time: number): number {
    const today = Math.floor(time / day);
    if (today > this.#day) {
      this.#day = today;
      this.#marks.clear();
    }
    const key = hashOf(name);
    const known = this.#marks.get(key) ?? 0;
    if (value <= known) return 0;
    this.#marks.set(key, value);
    if (this.#marks.size > this.limit) this.#marks.delete(this.#marks.keys().next().value!);
    return value - known;
  }

  pack(): PackedMarks {
    return { day: this.#day, keys: [...this.#marks.keys()], values: [...this.#marks.values()] };
  }

  restore({ day: last, keys, values }: PackedMarks): void {
    this.#day = last;
    this.#marks = new Map(values.map((value, at) => [keys[at]!, value]));
  }
}

export interface PackedMarks {
  day: number;
  keys: number[];
  values: number[];
}

/** 53 bits of two FNV-1a hashes of the text, read from either end. */
function hashOf(text: string): number {
  let [low, high] = [0x811c9dc5, 0x811c9dc5];
  for (let at = 0, end = text.length - 1; end >= 0; at++, end--) {
    low = Math.imul(low ^ text.charCodeAt(at), 0x01000193);
    high = Math.imul(high ^ text.charCodeAt(end), 0x01000193);
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0);
}
