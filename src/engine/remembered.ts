/** Entries kept, and for how long, ms. */
const items = 10_000;
const time = 1_000;

/** What a value was made of: it is made anew where one of these is another. */
export interface Basis {
  /** Version of the counts of the item. */
  counts: number;
  titles: number;
  model?: object | undefined;
}

/** Values by item that hold until their basis changes, and a second at most. */
export class Remembered<Value> {
  readonly #entries = new Map<number, { basis: Basis; until: number; value: Value }>();

  get(item: number, basis: Basis, make: () => Value): Value {
    const now = performance.now();
    const known = this.#entries.get(item);
    if (known && now < known.until && same(known.basis, basis)) return known.value;
    const value = make();
    if (this.#entries.size >= items) this.#entries.clear();
    this.#entries.set(item, { basis, until: now + time, value });
    return value;
  }
}

const same = (a: Basis, b: Basis): boolean =>
  a.counts === b.counts && a.titles === b.titles && a.model === b.model;
