import { type Item, type Scalar, Vocabulary } from '../../core/index.js';
import { type TextVectorizer, words } from '../../prepare/index.js';

/** Fields of one item that are looked at. */
const most = 20;
/** A field that fewer items have says nothing of others. */
const least = 2;

/** A list of catalogue entries as numbers, one row each. */
export interface Entries {
  /** Rows of the field table, by item. */
  fields: readonly Int32Array[];
  /** [items × text dimension] */
  text: Float32Array;
}

/** Reads catalogue entries: their fields by a fixed list, their titles by a text model. */
export class EntryReader {
  readonly #rows: Vocabulary;

  constructor(
    readonly fields: readonly string[],
    readonly text: TextVectorizer,
  ) {
    this.#rows = new Vocabulary(fields);
  }

  read(items: readonly (Item | undefined)[]): Entries {
    const { dimension } = this.text;
    const text = new Float32Array(items.length * dimension);
    const fields = items.map((item, at) => {
      if (item?.title) text.set(this.text.vector(item.title), at * dimension);
      const rows = item ? fieldsOf(item).map((field) => this.#rows.row(field)) : [];
      return Int32Array.from(rows.filter((row) => row >= 0).slice(0, most));
    });
    return { fields, text };
  }
}

/** The fields that two items or more have, commonest first. */
export function commonFields(items: readonly (Item | undefined)[]): string[] {
  const counts = new Map<string, number>();
  for (const item of items)
    for (const field of item ? fieldsOf(item) : []) counts.set(field, (counts.get(field) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= least)
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([field]) => field);
}

/**
 * What an item's entry says of it, as an open set of strings: `brand:OPI`, `tag:gel`, `colour:red`, `price:7`, and the
 * words of the title, `=lacquer`. Empty for an item that says nothing.
 */
export function fieldsOf(item: Item): string[] {
  const { title = '', category, brand, price, tags = [], attributes = {} } = item;
  const named: [string, Scalar | undefined][] = [
    ['category', category],
    ['brand', brand],
    ['price', price],
    ...tags.map((tag): [string, Scalar] => ['tag', tag]),
    ...Object.entries(attributes).flatMap(([name, value]): [string, Scalar][] =>
      Array.isArray(value) ? value.map((one) => [name, one]) : [[name, value]],
    ),
  ];
  const found = named
    .filter(([, value]) => value !== undefined && value !== null && value !== '')
    .map(([name, value]) => `${name}:${typeof value === 'number' ? bucket(value) : value}`);
  return [...new Set([...found, ...words(title).map((word) => `=${word}`)])];
}

/** Half powers of two: numbers in one bucket differ by less than 42 %. */
function bucket(value: number): number {
  return Math.sign(value) * Math.round(2 * Math.log2(1 + Math.abs(value)));
}
