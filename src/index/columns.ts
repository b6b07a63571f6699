import { ensureCapacity } from '../math/index.js';
import { SortedLists } from './sortedLists.js';

/**
 * A column of values by item for facets and filters: any number of values an item, each a number of a dictionary.
 * Values that no item has any more are forgotten.
 */
export class FacetColumn {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [];
  #uses = new Uint32Array(64);
  readonly #free: number[] = [];
  readonly #valuesOf = new SortedLists(false);

  /** Values in use. */
  get size(): number {
    return this.#numbers.size;
  }

  /** Numbers ever given: all are below this. */
  get numbers(): number {
    return this.#names.length;
  }

  find(value: string): number {
    return this.#numbers.get(value) ?? -1;
  }

  name(number: number): string {
    return this.#names[number]!;
  }

  uses(number: number): number {
    return this.#uses[number]!;
  }

  put(item: number, values: Iterable<string>): void {
    this.remove(item);
    for (const value of new Set(values)) {
      const number = this.#numberOf(value);
      this.#uses[number]!++;
      this.#valuesOf.put(item, number);
    }
  }

  remove(item: number): void {
    const start = this.#valuesOf.start(item);
    const end = start + this.#valuesOf.length(item);
    for (let at = start; at < end; at++) {
      const number = this.#valuesOf.keys[at]!;
      if (--this.#uses[number]! > 0) continue;
      this.#numbers.delete(this.#names[number]!);
      this.#free.push(number);
    }
    this.#valuesOf.clear(item);
  }

  /** First value of an item, −1 for none. */
  first(item: number): number {
    return this.#valuesOf.length(item) > 0 ? this.#valuesOf.keys[this.#valuesOf.start(item)]! : -1;
  }

  hasAny(item: number, wanted: ReadonlySet<number>): boolean {
    const start = this.#valuesOf.start(item);
    const end = start + this.#valuesOf.length(item);
    for (let at = start; at < end; at++) if (wanted.has(this.#valuesOf.keys[at]!)) return true;
    return false;
  }

  /** Calls `visit` with each value of the item. */
  each(item: number, visit: (value: number) => void): void {
    const start = this.#valuesOf.start(item);
    const end = start + this.#valuesOf.length(item);
    for (let at = start; at < end; at++) visit(this.#valuesOf.keys[at]!);
  }

  /** Counts of values, all 0 yet. */
  counts(): FacetCounts {
    return new FacetCounts(this, this.#valuesOf);
  }

  #numberOf(value: string): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = this.#free.pop() ?? this.#names.length;
    this.#names[number] = value;
    this.#uses = ensureCapacity(this.#uses, number);
    this.#uses[number] = 0;
    this.#numbers.set(value, number);
    return number;
  }
}

/** How many of some items have each value of a column. What it costs goes by those items, not by the values there are. */
export class FacetCounts {
  readonly #counts: Uint32Array;
  /** Values counted, in the order they came. */
  #seen: number[] = [];

  constructor(
    private readonly column: FacetColumn,
    private readonly valuesOf: SortedLists,
  ) {
    this.#counts = new Uint32Array(column.numbers);
  }

  of(value: number): number {
    return this.#counts[value] ?? 0;
  }

  /** One more for each value of the item. */
  add(item: number): void {
    const start = this.valuesOf.start(item);
    const end = start + this.valuesOf.length(item);
    for (let at = start; at < end; at++) {
      const value = this.valuesOf.keys[at]!;
      if (this.#counts[value]!++ === 0) this.#seen.push(value);
    }
  }

  clear(): void {
    for (const value of this.#seen) this.#counts[value] = 0;
    this.#seen = [];
  }

  /** The commonest values, then by name. */
  top(most: number): number[] {
    const { column } = this;
    return this.#seen
      .sort((a, b) => this.of(b) - this.of(a) || (column.name(a) < column.name(b) ? -1 : 1))
      .slice(0, most);
  }
}

/** A number by item, NaN for none. */
export class NumberColumn {
  #values = new Float64Array(0);

  put(item: number, value: number | undefined): void {
    const before = this.#values.length;
    this.#values = ensureCapacity(this.#values, item);
    if (this.#values.length > before) this.#values.fill(Number.NaN, before);
    this.#values[item] = value ?? Number.NaN;
  }

  get(item: number): number {
    return this.#values[item] ?? Number.NaN;
  }
}
