import type { Catalogue, TitleIndex } from '../catalogue/index.js';
import type { ShopState } from '../state/index.js';
import type { DeployedModel } from './deployed.js';
import { Scores } from './scores.js';

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

  constructor(
    private readonly catalogue: Catalogue,
    private readonly state: ShopState,
    private readonly titles: TitleIndex,
  ) {}

  /** Things bought with `seed`, variants of it discounted; a new item borrows from items like it. */
  complements(seed: number): Scores {
    const scores = new Scores();
    this.#addTogether('bought', seed, 1, scores);
    if (this.#baskets('bought', seed) < enoughBaskets) {
      for (const { handle, similarity } of this.titles.similar(seed, 10)) {
        this.#addTogether('bought', handle, similarity, scores);
      }
    }
    return this.#reweigh(scores, seed, (similarity) =>
      similarity >= variantSimilarity ? 0 : (1 - similarity) ** 2,
    );
  }

  /** Things like `seed`: the same kind by title, looked at in the same visits, or close for the model. */
  substitutes(seed: number, model: DeployedModel | undefined): Scores {
    const scores = new Scores();
    for (const { handle, similarity } of this.titles.similar(seed, lookedAt)) scores.add(handle, similarity);
    const viewed = new Scores();
    this.#addTogether('viewed', seed, 1, viewed);
    scores.addScaled(viewed, this.#trust('viewed', seed) * 0.5);
    if (scores.size >= lookedAt || !model) return scores;
    const near = new Scores();
    model.neighbours(seed, lookedAt, (handle, score) => near.add(handle, score));
    scores.addScaled(near, 0.1);
    return this.#reweigh(scores, seed, (similarity, other) =>
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

  #addTogether(kind: 'bought' | 'viewed', seed: number, weight: number, scores: Scores): void {
    const { items } = this.state;
    const row = items.row(this.catalogue.id(seed));
    if (row < 0) return;
    for (const [other, count] of items[kind].of(row)) {
      scores.add(this.#handleOf(other), weight * this.#strength(kind, row, other, count));
    }
  }

  #handleOf(row: number): number {
    if (row >= this.#handles.length) {
      const grown = new Int32Array(2 * Math.max(row, this.#handles.length));
      grown.set(this.#handles);
      this.#handles = grown;
    }
    const known = this.#handles[row]!;
    if (known > 0) return known - 1;
    const handle = this.catalogue.find(this.state.items.id(row));
    this.#handles[row] = handle + 1;
    return handle;
  }

  #strength(kind: 'bought' | 'viewed', a: number, b: number, count: number): number {
    const { items } = this.state;
    const norm = Math.sqrt(Math.max(count, items.baskets(kind, a)) * Math.max(count, items.baskets(kind, b)));
    return (count / norm) * (count / (count + support));
  }

  #baskets(kind: 'bought' | 'viewed', handle: number): number {
    const row = this.state.items.row(this.catalogue.id(handle));
    return row < 0 ? 0 : this.state.items.baskets(kind, row);
  }

  #trust(kind: 'bought' | 'viewed', handle: number): number {
    const baskets = this.#baskets(kind, handle);
    return baskets / (baskets + enoughBaskets);
  }

  /** The best of `scores`, each times a factor of its likeness to `seed`. */
  #reweigh(scores: Scores, seed: number, factor: (similarity: number, other: number) => number): Scores {
    const weighed = new Scores();
    for (const other of scores.top(lookedAt, (handle) => handle !== seed)) {
      weighed.add(other, scores.get(other) * factor(this.titles.similarity(seed, other), other));
    }
    return weighed;
  }
}
