/** Keys that share a beginning, from which on the best of them are chosen ahead. */
const manyKeys = 500;
const chosen = 40;

/** One thing to be suggested. */
export interface Entry {
  text: string;
  kind: 'query' | 'category' | 'brand' | 'product';
  weight: number;
  /** Handle of a product. */
  item?: number;
}

/**
 * Entries by the beginnings of their keys (their text, its pinyin, its initials): a sorted list, in which the best of
 * each short beginning are known beforehand, so that "p" costs no more than "paobuxie".
 */
export class Completions {
  readonly #keys: string[];
  /** Entry of each key. */
  readonly #entries: Uint32Array;
  /** Best entries by beginning, where many keys share it. */
  readonly #best = new Map<string, Uint32Array>();

  constructor(
    readonly entries: readonly Entry[],
    keysOf: (entry: Entry) => Iterable<string>,
  ) {
    const pairs: { key: string; entry: number }[] = [];
    entries.forEach((entry, at) => {
      for (const key of new Set(keysOf(entry))) if (key !== '') pairs.push({ key, entry: at });
    });
    pairs.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.entry - b.entry));
    this.#keys = pairs.map(({ key }) => key);
    this.#entries = Uint32Array.from(pairs, ({ entry }) => entry);
    this.#choose(0, this.#keys.length, 0);
  }

  get size(): number {
    return this.#keys.length;
  }

  /** Best entries whose key begins with `prefix`, by number. */
  best(prefix: string, count: number): number[] {
    const known = this.#best.get(prefix);
    if (known) return [...known.subarray(0, count)];
    const from = this.#firstFrom(prefix);
    return this.#top(from, this.#firstAfter(prefix, from), count);
  }

  /** Whether any key begins with `prefix`. */
  has(prefix: string): boolean {
    return this.#keys[this.#firstFrom(prefix)]?.startsWith(prefix) ?? false;
  }

  #choose(from: number, to: number, length: number): void {
    if (to - from < manyKeys) return;
    const prefix = this.#keys[from]!.slice(0, length);
    this.#best.set(prefix, Uint32Array.from(this.#top(from, to, chosen)));
    for (let at = from; at < to; ) {
      const next = this.#keys[at]!.slice(0, length + 1);
      const end = next.length > length ? this.#firstAfter(next, at) : at + 1;
      this.#choose(at, end, length + 1);
      at = end;
    }
  }

  /** The best of a range, by insertion: a range may be long, the list is short, and nothing else is kept. */
  #top(from: number, to: number, count: number): number[] {
    const best: number[] = [];
    for (let at = from; at < to; at++) {
      const entry = this.#entries[at]!;
      if (best.length === count && !this.#isBetter(entry, best[count - 1]!)) continue;
      if (best.includes(entry)) continue;
      let place = best.length;
      while (place > 0 && this.#isBetter(entry, best[place - 1]!)) place--;
      best.splice(place, 0, entry);
      if (best.length > count) best.pop();
    }
    return best;
  }

  #isBetter(a: number, b: number): boolean {
    const off = this.entries[a]!.weight - this.entries[b]!.weight;
    return off > 0 || (off === 0 && a < b);
  }

  #firstFrom(prefix: string): number {
    let low = 0;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]! < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #firstAfter(prefix: string, from: number): number {
    let low = from;
    let high = this.#keys.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#keys[middle]!.startsWith(prefix) || this.#keys[middle]! < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

const letters = 'abcdefghijklmnopqrstuvwxyz';

/**
 * Beginnings one edit from `prefix`, its first letter kept; none for what is not Latin or too short to be judged. What
 * `has` nothing before the edit has nothing after it: behind the first letters that lead nowhere no edit is tried.
 */
export function* nearPrefixes(prefix: string, has: (prefix: string) => boolean): Iterable<string> {
  if (!/^[a-z ]{3,16}$/.test(prefix)) return;
  for (let at = 1; at < prefix.length; at++) {
    const before = prefix.slice(0, at);
    if (!has(before)) return;
    const after = prefix.slice(at + 1);
    if (after !== '') yield before + after;
    if (at + 1 < prefix.length) yield before + prefix[at + 1]! + prefix[at]! + prefix.slice(at + 2);
    for (const letter of letters) {
      if (letter !== prefix[at]) yield before + letter + after;
      yield before + letter + prefix.slice(at);
    }
  }
}
