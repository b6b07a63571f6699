import { slicer } from '../core/index.js';

type Slice = ReturnType<typeof slicer>;

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

interface Pair {
  key: string;
  entry: number;
}

/** How long a list is made at a time, ms; keys that are looked at before the clock is; and keys that are sorted in one go. */
const sliceMs = 2;
const lookedAtOnce = 4_096;
const sortedAtOnce = 2_000;
/** Letters by which more keys are told apart before they are sorted, and where no key goes on. */
const lettersApart = 3;
const longestKey = 60;

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

  private constructor(
    readonly entries: readonly Entry[],
    pairs: readonly Pair[],
  ) {
    this.#keys = pairs.map(({ key }) => key);
    this.#entries = Uint32Array.from(pairs, ({ entry }) => entry);
  }

  /** Made in slices: there may be a hundred thousand, and requests are answered in between. */
  static async of(source: Iterable<Entry>, keysOf: (entry: Entry) => Iterable<string>): Promise<Completions> {
    const slice = slicer(sliceMs);
    const entries: Entry[] = [];
    const pairs: Pair[] = [];
    for (const entry of source) {
      for (const key of new Set(keysOf(entry))) if (key !== '') pairs.push({ key, entry: entries.length });
      entries.push(entry);
      const pause = slice();
      if (pause) await pause;
    }
    const made = new Completions(entries, await sorted(pairs, 0, slice));
    await made.#choose(0, made.#keys.length, 0, slice);
    return made;
  }

  get size(): number {
    return this.#keys.length;
  }

  /** Best entries whose key begins with `prefix`, by number. */
  best(prefix: string, count: number): number[] {
    const known = this.#best.get(prefix);
    if (known) return [...known.subarray(0, count)];
    const from = this.#firstFrom(prefix);
    const best: number[] = [];
    this.#addTo(best, from, this.#firstAfter(prefix, from), count);
    return best;
  }

  /** Whether any key begins with `prefix`. */
  has(prefix: string): boolean {
    return this.#keys[this.#firstFrom(prefix)]?.startsWith(prefix) ?? false;
  }

  async #choose(from: number, to: number, length: number, slice: Slice): Promise<void> {
    if (to - from < manyKeys) return;
    const prefix = this.#keys[from]!.slice(0, length);
    const best: number[] = [];
    for (let at = from; at < to; at += lookedAtOnce) {
      this.#addTo(best, at, Math.min(to, at + lookedAtOnce), chosen);
      const pause = slice();
      if (pause) await pause;
    }
    this.#best.set(prefix, Uint32Array.from(best));
    for (let at = from; at < to; ) {
      const next = this.#keys[at]!.slice(0, length + 1);
      const end = next.length > length ? this.#firstAfter(next, at) : at + 1;
      await this.#choose(at, end, length + 1, slice);
      at = end;
    }
  }

  /** The best of a range, by insertion: a range may be long, the list is short, and nothing else is kept. */
  #addTo(best: number[], from: number, to: number, count: number): void {
    for (let at = from; at < to; at++) {
      const entry = this.#entries[at]!;
      if (best.length === count && !this.#isBetter(entry, best[count - 1]!)) continue;
      if (best.includes(entry)) continue;
      let place = best.length;
      while (place > 0 && this.#isBetter(entry, best[place - 1]!)) place--;
      best.splice(place, 0, entry);
      if (best.length > count) best.pop();
    }
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

/** By key, then by entry; many keys are told apart by their next letters first, so that no sort is long. */
async function sorted(pairs: Pair[], length: number, slice: Slice): Promise<Pair[]> {
  if (pairs.length <= sortedAtOnce || length >= longestKey)
    return pairs.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.entry - b.entry));
  const groups = new Map<string, Pair[]>();
  for (const [at, pair] of pairs.entries()) {
    const name = pair.key.slice(0, length + lettersApart);
    const group = groups.get(name);
    if (group) group.push(pair);
    else groups.set(name, [pair]);
    const pause = at % lookedAtOnce === 0 ? slice() : undefined;
    if (pause) await pause;
  }
  const whole: Pair[] = [];
  for (const name of [...groups.keys()].sort((a, b) => (a < b ? -1 : 1))) {
    for (const pair of await sorted(groups.get(name)!, length + lettersApart, slice)) whole.push(pair);
    const pause = slice();
    if (pause) await pause;
  }
  return whole;
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
