import type { Catalogue } from '../catalogue/index.js';

import { dot, ensureCapacity, topK } from '../math/index.js';
import { QueryVectors, type TextEmbedder } from '../text/index.js';

/** How near an item must be to a query to be found by meaning alone (cosine). */
const nearEnough = 0.6;
/** How long a query waits for its vector, ms. */
const budgetMs = 20;
/** Items embedded at once. */
const batch = 32;

/**
 * Vectors of the items' titles, made in the background and anew where a title changes: an item without one yet is
 * found by its words all the same.
 */
export class SemanticIndex {
  #vectors = new Float32Array(0);
  #has = new Uint8Array(0);
  readonly #titles: string[] = [];
  readonly #queries: QueryVectors;
  readonly #waiting = new Set<number>();
  readonly #stop: () => void;
  #filling: Promise<void> | undefined;
  /** All titles below are embedded, or wait because they have changed. */
  #looked = 0;
  /** Whether all titles that were there at first have been embedded. */
  #filled = false;
  #closed = false;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly embedder: TextEmbedder,
    private readonly warn: (error: unknown, what: string) => void = () => {},
    /** How much its order counts, 0 to 1. */
    readonly trust = 1,
  ) {
    this.#queries = new QueryVectors(embedder);
    this.#stop = catalogue.onChange((handle) => {
      const title = titleOf(catalogue, handle);
      if (title === this.#titles[handle]) return;
      if (this.#has[handle]) this.#has[handle] = 0;
      this.#waiting.add(handle);
      void this.fill();
    });
  }

  /** Embeds what is not yet; resolves when nothing waits. */
  fill(): Promise<void> {
    this.#filling ??= this.#fill()
      .catch((error) => this.warn(error, 'titles were not embedded'))
      .finally(() => {
        this.#filling = undefined;
        this.#filled = true;
      });
    return this.#filling;
  }

  /**
   * The vector of a query, or undefined where it is not there in time, or titles are not yet: the nearest of a few of
   * them would be answers, and whatever happens to be embedded would lead the order.
   */
  async query(text: string): Promise<Float32Array | undefined> {
    return this.#filled ? this.#queries.vector(text, budgetMs) : undefined;
  }

  /** Cosine of an item's title and a query; NaN where the item has no vector yet. */
  cosine(item: number, query: Float32Array): number {
    if (!this.#has[item]) return Number.NaN;
    const { dimension } = this.embedder;
    return dot(this.#vectors, item * dimension, query, 0, dimension);
  }

  /** The nearest items, best first, near enough to be an answer. */
  nearest(query: Float32Array, count: number, allowed: (item: number) => boolean): number[] {
    const { dimension } = this.embedder;
    const scores = new Float32Array(this.#has.length);
    for (let item = 0; item < scores.length; item++) {
      const near = this.#has[item] ? dot(this.#vectors, item * dimension, query, 0, dimension) : 0;
      scores[item] = near >= nearEnough ? near : Number.NEGATIVE_INFINITY;
    }
    return [...topK(scores, count, allowed).rows];
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stop();
    await this.#filling;
    await this.embedder.close();
  }

  async #fill(): Promise<void> {
    const { dimension } = this.embedder;
    for (let some = this.#next(); some.length > 0 && !this.#closed; some = this.#next()) {
      const titles = some.map((item) => titleOf(this.catalogue, item));
      const vectors = await this.embedder.embed(titles);
      for (const [at, item] of some.entries()) {
        this.#vectors = ensureCapacity(this.#vectors, (item + 1) * dimension);
        this.#has = ensureCapacity(this.#has, item);
        this.#vectors.set(vectors[at]!, item * dimension);
        this.#has[item] = titles[at] === '' ? 0 : 1;
        this.#titles[item] = titles[at]!;
      }
      await new Promise(setImmediate);
    }
  }

  /** The next items to be embedded: the catalogue in its order, then what has changed since. */
  #next(): number[] {
    const some: number[] = [];
    const { handles } = this.catalogue;
    for (; this.#looked < handles && some.length < batch; this.#looked++)
      if (this.catalogue.item(this.#looked)) some.push(this.#looked);
    for (const item of this.#waiting) {
      if (some.length === batch) break;
      this.#waiting.delete(item);
      some.push(item);
    }
    return some;
  }
}

function titleOf(catalogue: Catalogue, handle: number): string {
  const item = catalogue.item(handle);
  return item && !item.withdrawn ? (item.title ?? '') : '';
}
