import type { Catalogue, TitleIndex } from '../catalogue/index.js';
import { ensureCapacity } from '../math/index.js';
import type { ShopState } from '../projections/index.js';
import type { DeployedModel } from './deployed.js';
import { ScoreCache } from './scoreCache.js';
import { ScoreAccumulator, type Scores } from './scores.js';

/** A count of n is trusted n / (n + support). */
const support = 3;
/** Titles more alike than this are variants of one thing: instead of each other, not with each other. */
export const variantSimilarity = 0.35;
/** Below so many baskets an item borrows from items that are like it. */
const enoughBaskets = 10;
/** Relations of one item that are looked at further. */
const lookedAt = 120;

/** How items relate: what goes with an item, and what may stand in for it. Live statistics, no training needed. */
export class Relations {
  /** Catalogue handle by row of the statistics, +1; 0 where it has not been looked up. */
  #handles = new Int32Array(1024);
  readonly #accumulator = new ScoreAccumulator();
  readonly #complements = new ScoreCache(lookedAt);
  readonly #substitutes = new ScoreCache(2 * lookedAt);
  /** What the substitutes remembered are of. */
  #model: DeployedModel | undefined;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly state: ShopState,
    private readonly titles: TitleIndex,
  ) {}

  /**
   * Things bought with `seed`, variants of it discounted; a new item borrows from items like it. A new purchase of the
   * seed shows at once; how common the things bought with it are may lag by a second. Good until the next context.
   */
  complements(seed: number): Scores {
    const counts = this.#version('bought', seed);
    return this.#complements.get(seed, counts, this.titles.version, () => this.#complementsNow(seed));
  }

  /**
   * Things like `seed`: the same kind by title, looked at in the same visits, or close for the model. May lag likewise,
   * and is good until the next context.
   */
  substitutes(seed: number, model: DeployedModel | undefined): Scores {
    if (model !== this.#model) this.#substitutes.forget();
    this.#model = model;
    const counts = this.#version('viewed', seed);
    return this.#substitutes.get(seed, counts, this.titles.version, () => this.#substitutesNow(seed, model));
  }

  #complementsNow(seed: number): Scores {
    this.#addTogether('bought', seed, 1);
    if (this.#baskets('bought', seed) < enoughBaskets) {
      const { handles, similarities } = this.titles.similar(seed, 10);
      handles.forEach((handle, at) => {
        this.#addTogether('bought', handle, similarities[at]!);
      });
    }
    return this.#reweigh(this.#accumulator.drain(), seed, (similarity) =>
      similarity >= variantSimilarity ? 0 : (1 - similarity) ** 2,
    );
  }

  #substitutesNow(seed: number, model: DeployedModel | undefined): Scores {
    this.#addTogether('viewed', seed, 1);
    const viewed = this.#accumulator.drain();
    const { handles, similarities } = this.titles.similar(seed, lookedAt);
    handles.forEach((handle, at) => {
      this.#accumulator.add(handle, similarities[at]!);
    });
    this.#accumulator.addScaled(viewed, this.#trust('viewed', seed) * 0.5);
    const scores = this.#accumulator.drain();
    if (scores.size >= lookedAt || !model) return scores;
    model.neighbours(seed, lookedAt, (handle, score) => {
      this.#accumulator.add(handle, score);
    });
    const near = this.#accumulator.drain();
    this.#accumulator.addAll(scores);
    this.#accumulator.addScaled(near, 0.1);
    return this.#reweigh(this.#accumulator.drain(), seed, (similarity, other) =>
      similarity < variantSimilarity ? 1 - this.together('bought', seed, other) : 1,
    );
  }

  /** Strength in [0, 1) with which `a` and `b` occur together: cosine over baskets or visits, shrunk by support. */
  together(kind: 'bought' | 'viewed', a: number, b: number): number {
    const { items } = this.state;
    const rowA = items.row(this.catalogue.id(a));
    const rowB = items.row(this.catalogue.id(b));
    if (rowA < 0 || rowB < 0) return 0;
    const count = items[kind].count(rowA, rowB);
    return count === 0 ? 0 : this.#strength(kind, rowA, rowB, count);
  }

  similarity(a: number, b: number): number {
    return this.titles.similarity(a, b);
  }

  #addTogether(kind: 'bought' | 'viewed', seed: number, weight: number): void {
    const { items } = this.state;
    const row = items.row(this.catalogue.id(seed));
    if (row < 0) return;
    items[kind].each(row, (other, count) => {
      this.#accumulator.add(this.#handleOf(other), weight * this.#strength(kind, row, other, count));
    });
  }

  #handleOf(row: number): number {
    this.#handles = ensureCapacity(this.#handles, row);
    const known = this.#handles[row]!;
    if (known > 0) return known - 1;
    const handle = this.catalogue.find(this.state.items.id(row));
    this.#handles[row] = handle + 1;
    return handle;
  }

  #strength(kind: 'bought' | 'viewed', a: number, b: number, count: number): number {
    const { items } = this.state;
    const norm = Math.sqrt(Math.max(count, items[kind].baskets(a)) * Math.max(count, items[kind].baskets(b)));
    return (count / norm) * (count / (count + support));
  }

  #version(kind: 'bought' | 'viewed', handle: number): number {
    const { items } = this.state;
    return items[kind].version(items.row(this.catalogue.id(handle)));
  }

  #baskets(kind: 'bought' | 'viewed', handle: number): number {
    const row = this.state.items.row(this.catalogue.id(handle));
    return row < 0 ? 0 : this.state.items[kind].baskets(row);
  }

  #trust(kind: 'bought' | 'viewed', handle: number): number {
    const baskets = this.#baskets(kind, handle);
    return baskets / (baskets + enoughBaskets);
  }

  /** The best of `scores`, each times a factor of its likeness to `seed`. */
  #reweigh(scores: Scores, seed: number, factor: (similarity: number, other: number) => number): Scores {
    const { handles, sums } = scores.best(lookedAt, (handle) => handle !== seed);
    handles.forEach((other, at) => {
      this.#accumulator.add(other, sums[at]! * factor(this.titles.similarity(seed, other), other));
    });
    return this.#accumulator.drain();
  }
}
