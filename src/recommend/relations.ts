import type { TitleIndex } from '../catalogue/index.js';
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
/** What visits say of what may stand in for an item, beside its entry, where there are many. */
const viewedShare = 0.35;
/** Relations of one item that are looked at further. */
const lookedAt = 120;

/** How items relate: what goes with an item, and what may stand in for it. Live statistics, no training needed. */
export class Relations {
  readonly #accumulator = new ScoreAccumulator();
  readonly #complements = new ScoreCache(lookedAt);
  readonly #substitutes = new ScoreCache(2 * lookedAt);
  /** What the substitutes remembered are of. */
  #model: DeployedModel | undefined;

  constructor(
    private readonly state: ShopState,
    private readonly titles: TitleIndex,
  ) {}

  /**
   * Things bought with `seed`, variants of it discounted; a new item borrows from items like it. A new purchase of the
   * seed shows at once; how common the things bought with it are may lag by 20 seconds. Good until the next context.
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
    // Where nothing is sold, what is liked in the same visits goes with it.
    if (!this.#anythingBought(seed)) this.#addTogether('viewed', seed, 1);
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

  /**
   * What the entries say, and where the item was looked at often enough, what was looked at (or liked) in the same visits:
   * each as a share of its best, for a cosine of visits and a likeness of words are not the same measure.
   */
  #substitutesNow(seed: number, model: DeployedModel | undefined): Scores {
    this.#addTogether('viewed', seed, 1);
    const viewed = this.#accumulator.drain();
    const { handles, similarities } = this.titles.similar(seed, lookedAt);
    const trust = viewedShare * this.#trust('viewed', seed);
    handles.forEach((handle, at) => {
      this.#accumulator.add(handle, (1 - trust) * (similarities[at]! / similarities[0]!));
    });
    if (viewed.size > 0) this.#accumulator.addScaled(viewed, handles.length > 0 ? trust : 1);
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
    const count = this.state.pairs[kind].count(a, b);
    return count === 0 ? 0 : this.#strength(kind, a, b, count);
  }

  /** All that occurs together with `seed`, each with its strength as of `together`: its count is not looked up again. */
  eachTogether(
    kind: 'bought' | 'viewed',
    seed: number,
    found: (other: number, strength: number) => void,
  ): void {
    this.state.pairs[kind].each(seed, (other, count) => {
      found(other, this.#strength(kind, seed, other, count));
    });
  }

  /** What is like `seed` by its title, the most similar first. */
  like(seed: number, k: number, found: (handle: number, similarity: number) => void): void {
    const { handles, similarities } = this.titles.similar(seed, k);
    handles.forEach((handle, at) => {
      found(handle, similarities[at]!);
    });
  }

  similarity(a: number, b: number): number {
    return this.titles.similarity(a, b);
  }

  /** Whether anything of what was looked at with the item, or the item itself, was ever bought. */
  #anythingBought(seed: number): boolean {
    let found = this.#baskets('bought', seed) > 0;
    this.state.pairs.viewed.each(seed, (other) => {
      found ||= this.#baskets('bought', other) > 0;
    });
    return found;
  }

  #addTogether(kind: 'bought' | 'viewed', seed: number, weight: number): void {
    this.eachTogether(kind, seed, (other, strength) => {
      this.#accumulator.add(other, weight * strength);
    });
  }

  #strength(kind: 'bought' | 'viewed', a: number, b: number, count: number): number {
    const counts = this.state.pairs[kind];
    const norm = Math.sqrt(Math.max(count, counts.baskets(a)) * Math.max(count, counts.baskets(b)));
    return (count / norm) * (count / (count + support));
  }

  #version(kind: 'bought' | 'viewed', handle: number): number {
    return this.state.pairs[kind].version(handle);
  }

  #baskets(kind: 'bought' | 'viewed', handle: number): number {
    return this.state.pairs[kind].baskets(handle);
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
