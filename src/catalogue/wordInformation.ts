import { ensureCapacity } from '../math/index.js';

/** Pairs of items a word is taken to have that agree no more often than any two of the shop, before its own count. */
const priorPairs = 10;

/** A class (of prices, of categories) of each item; 0 where it has none. Counts are whole: exact in any order. */
export class ItemClasses {
  #of = new Uint32Array(256);
  readonly #sizes = new Map<number, number>();
  #known = 0;
  #agreeing = 0;

  of(handle: number): number {
    return handle < this.#of.length ? this.#of[handle]! : 0;
  }

  /** Whether that is another class than before. */
  set(handle: number, own: number): boolean {
    const before = this.of(handle);
    if (before === own) return false;
    this.#of = ensureCapacity(this.#of, handle);
    this.#of[handle] = own;
    if (before !== 0) this.#resize(before, -1);
    if (own !== 0) this.#resize(own, 1);
    return true;
  }

  /** Probability that two items of the shop are of one class; 0 where nothing is known. */
  get base(): number {
    const pairs = (this.#known * (this.#known - 1)) / 2;
    return pairs > 0 ? this.#agreeing / pairs : 0;
  }

  /** Pairs among these items whose classes are known, and those of one class. */
  count(handles: readonly number[]): { pairs: number; agreeing: number } {
    const sizes = new Map<number, number>();
    let [known, agreeing] = [0, 0];
    for (const handle of handles) {
      const own = this.of(handle);
      if (own === 0) continue;
      const before = sizes.get(own) ?? 0;
      agreeing += before;
      known++;
      sizes.set(own, before + 1);
    }
    return { pairs: (known * (known - 1)) / 2, agreeing };
  }

  #resize(own: number, change: 1 | -1): void {
    const size = this.#sizes.get(own) ?? 0;
    this.#agreeing += change > 0 ? size : 1 - size;
    this.#known += change;
    this.#sizes.set(own, size + change);
  }
}

/**
 * What each word tells of the kind of thing: how much more often than any two items of the shop those that share it cost
 * about the same and are of one category. "Mug" tells much, "red" and "vintage" little, however rare they are. It
 * comes from the catalogue as it is and from nothing before: the same catalogue gives the same figures.
 */
export class WordInformation {
  readonly #counts: ({ price: Counts; category: Counts } | undefined)[] = [];

  constructor(
    readonly prices = new ItemClasses(),
    readonly categories = new ItemClasses(),
  ) {}

  /** The items that share the word, or what they are, are others than before. */
  changed(word: number): void {
    this.#counts[word] = undefined;
  }

  /** Bits, 1 where the word tells nothing; `handles` are the items that share it. */
  tells(word: number, handles: readonly number[]): number {
    const counts = this.#counts[word] ?? {
      price: this.prices.count(handles),
      category: this.categories.count(handles),
    };
    this.#counts[word] = counts;
    return Math.log2(1 + lift(counts.price, this.prices.base) * lift(counts.category, this.categories.base));
  }
}

interface Counts {
  pairs: number;
  agreeing: number;
}

const lift = ({ pairs, agreeing }: Counts, base: number): number =>
  base === 0 ? 1 : (agreeing + priorPairs * base) / (pairs + priorPairs) / base;
