import type { SoldDay } from './table.js';

/**
 * What was sold of many items by day, as it goes to another thread: numbers beside each other, which are copied at once,
 * and which the garbage collector need not look at.
 */
export interface PackedDemand {
  ids: readonly string[];
  /** Days of each item. */
  counts: readonly number[];
  /** Day, units, revenue and orders of one day after the other. */
  numbers: Float64Array;
}

const wide = 4;

/** Packs demand item by item. */
export class DemandPacker {
  readonly #ids: string[] = [];
  readonly #counts: number[] = [];
  #numbers = new Float64Array(1 << 12);
  #size = 0;

  /** An item without a day of sales is left out. */
  add(id: string, days: readonly SoldDay[]): void {
    if (days.length === 0) return;
    this.#ids.push(id);
    this.#counts.push(days.length);
    const size = this.#size + wide * days.length;
    if (size > this.#numbers.length) {
      const larger = new Float64Array(2 * size);
      larger.set(this.#numbers);
      this.#numbers = larger;
    }
    for (const { day, units, revenue, orders = 1 } of days) {
      this.#numbers[this.#size++] = day;
      this.#numbers[this.#size++] = units;
      this.#numbers[this.#size++] = revenue;
      this.#numbers[this.#size++] = orders;
    }
  }

  packed(): PackedDemand {
    return { ids: this.#ids, counts: this.#counts, numbers: this.#numbers.subarray(0, this.#size) };
  }
}

/** The days of all items. */
export function* packedDays({ numbers }: PackedDemand): Generator<number> {
  for (let at = 0; at < numbers.length; at += wide) yield numbers[at]!;
}

export function* unpackedDemand({
  ids,
  counts,
  numbers,
}: PackedDemand): Generator<{ id: string; days: Required<SoldDay>[] }> {
  let from = 0;
  for (const [item, id] of ids.entries()) {
    const first = from;
    const days = Array.from({ length: counts[item]! }, (_, at) => {
      const place = first + wide * at;
      return {
        day: numbers[place]!,
        units: numbers[place + 1]!,
        revenue: numbers[place + 2]!,
        orders: numbers[place + 3]!,
      };
    });
    from += wide * days.length;
    yield { id, days };
  }
}
