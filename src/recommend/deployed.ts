import type { Catalogue } from '../catalogue/index.js';
import type { Profile } from '../core/index.js';
import { ColdItems, IvfIndex } from '../index/index.js';
import { ensureCapacity, listAt } from '../math/index.js';
import type { Factors, Model, RowChanges, StreamStep } from '../models/index.js';

/** Where models come from: the registry of the `train` room. */
export interface ModelSource {
  /** Versions in the order they were deployed: the last one is to serve. */
  history(): Promise<readonly string[]>;
  load(version: string): Promise<Model>;
  /** Log offset up to which it learned at training; what comes after is for the stream. */
  trainedTo?(version: string): Promise<number>;
}

interface Scored {
  handle: number;
  score: number;
}

/** New items embedded at a time: a few milliseconds, between which requests are answered. */
const embeddedAtOnce = 64;

/** A loaded model whose rows are known as catalogue handles. */
export class DeployedModel {
  #handles: Int32Array;
  /** Row of the model by handle, +1; 0 and what lies behind: the model does not know the item. */
  #rows: Int32Array;
  /** Rows with a handle: a model that what happens joins may have grown. */
  #size: number;
  /** Items that came after training, where the model can read catalogue entries. */
  readonly #coldItems: ColdItems;
  readonly #changed = new Set<number>();
  /** Of these, those that the stream taught. */
  readonly #taught = new Set<number>();
  #embedding: Promise<void> | undefined;
  #unsubscribe = (): void => {};

  private constructor(
    readonly version: string,
    readonly model: Model,
    private readonly catalogue: Catalogue,
    /** Of a model that has factors. */
    private readonly index: IvfIndex | undefined,
  ) {
    this.#handles = Int32Array.from(model.items.ids, (id) => catalogue.handle(id));
    this.#size = this.#handles.length;
    this.#rows = new Int32Array(catalogue.handles);
    this.#handles.forEach((handle, row) => {
      this.#rows[handle] = row + 1;
    });
    this.#coldItems = new ColdItems(model.factors?.dimension ?? 1);
    if (!model.factors?.embedNewItems) return;
    for (const { id } of catalogue.all()) this.#note(catalogue.find(id));
    this.#unsubscribe = catalogue.onChange((handle) => this.#note(handle));
  }

  /** Makes a model ready to serve: a factor model gets an index first, items it does not know their vectors. */
  static async prepare(version: string, model: Model, catalogue: Catalogue): Promise<DeployedModel> {
    const { factors } = model;
    const index = factors && (await IvfIndex.build(factors.vectors, factors.dimension));
    if (!index) await model.prepare?.();
    const deployed = new DeployedModel(version, model, catalogue, index);
    await deployed.whenReady();
    return deployed;
  }

  /** Gives the items that were put or changed since the last call their vectors; at once when there are none. */
  whenReady(): Promise<void> | undefined {
    if (this.#changed.size === 0) return this.#embedding;
    this.#embedding ??= this.#embedChanged();
    return this.#embedding;
  }

  /** Takes over rows that learned from the stream: all of them in one turn, so no request sees half. */
  take(changes: RowChanges): void {
    const { factors, items } = this.model;
    const { dimension } = factors!;
    this.model.take?.(changes);
    changes.ids.forEach((id, at) => {
      const vector = changes.vectors.subarray(at * dimension, (at + 1) * dimension);
      const row = items.row(id);
      if (row >= 0) this.index!.update(row, vector);
      else {
        const handle = this.catalogue.find(id);
        if (handle >= 0 && this.catalogue.shown(handle)) this.#learned(handle, vector);
      }
    });
  }

  /** What happens joins a model that takes it, at once. */
  append(step: StreamStep): void {
    const { appends, items } = this.model;
    appends!.append(step);
    for (; this.#size < items.size; this.#size++) {
      const handle = this.catalogue.handle(items.ids[this.#size]!);
      this.#handles = ensureCapacity(this.#handles, this.#size);
      this.#rows = ensureCapacity(this.#rows, handle);
      this.#handles[this.#size] = handle;
      this.#rows[handle] = this.#size + 1;
    }
  }

  /** Lets go of the catalogue: another model serves. */
  release(): void {
    this.#unsubscribe();
  }

  /** Whether the model can say anything about this shopper. */
  knows(profile: Profile): boolean {
    if (this.model.impersonal) return false;
    return profile.events.some(
      ({ item, weight }) => weight > 0 && (this.model.items.row(item) >= 0 || this.#isTaught(item)),
    );
  }

  async retrieve(
    profile: Profile,
    now: number,
    k: number,
    allowed: (handle: number) => boolean,
  ): Promise<number[]> {
    const { factors } = this.model;
    const query = { profile, now };
    if (factors) {
      const shopper = await factors.shopper(query);
      return this.#near(shopper, k, allowed).map(({ handle }) => handle);
    }
    const { rows } = await this.model.retrieve(query, k, (row) => allowed(this.#handles[row]!));
    return listAt(this.#handles, rows);
  }

  neighbours(seed: number, k: number, found: (handle: number, score: number) => void): void {
    const { factors } = this.model;
    const row = this.#rowOf(seed);
    const vector = factors?.embedNewItems && this.#vectorOf(factors, seed, row);
    if (vector) {
      const others = (handle: number): boolean => handle !== seed;
      for (const { handle, score } of this.#near(vector, k, others)) found(handle, score);
      return;
    }
    if (row < 0 || !this.model.neighbours) return;
    const near = this.model.neighbours(row, k);
    near.rows.forEach((other, at) => {
      found(this.#handles[other]!, near.scores[at]!);
    });
  }

  /** Share of each event of the profile in the score of each item, by handle; without those of which the model cannot say. */
  attribute(profile: Profile, now: number, handles: readonly number[]): Map<number, Float32Array> {
    const known = handles.filter((handle) => this.#rowOf(handle) >= 0);
    const rows = Uint32Array.from(known, (handle) => this.#rowOf(handle));
    const shares = this.model.attribute?.({ profile, now }, rows) ?? [];
    return new Map(shares.map((share, at) => [known[at]!, share]));
  }

  /** The k items with the largest product, of those trained on and those that came later, best first. */
  #near(vector: Float32Array, k: number, allowed: (handle: number) => boolean): Scored[] {
    const { rows, scores } = this.index!.search(vector, k, (row) => allowed(this.#handles[row]!));
    const trained = Array.from(rows, (row, at) => ({ handle: this.#handles[row]!, score: scores[at]! }));
    if (this.#coldItems.size === 0) return trained;
    const all = [...trained, ...this.#coldItems.search(vector, k, allowed)];
    return all.sort((a, b) => b.score - a.score).slice(0, k);
  }

  #vectorOf({ vectors, dimension }: Factors, handle: number, row: number): Float32Array | undefined {
    return row < 0 ? this.#coldItems.get(handle) : vectors.subarray(row * dimension, (row + 1) * dimension);
  }

  /** Row of the model, −1 where it does not know the item. */
  #rowOf(handle: number): number {
    return (this.#rows[handle] ?? 0) - 1;
  }

  #isTaught(id: string): boolean {
    return this.#taught.size > 0 && this.#taught.has(this.catalogue.find(id));
  }

  /** What the stream taught of an item that came after training goes before what its entry says. */
  #learned(handle: number, vector: Float32Array): void {
    this.#coldItems.set(handle, vector);
    this.#taught.add(handle);
    this.#changed.delete(handle);
  }

  #note(handle: number): void {
    if (this.#taught.has(handle) && this.catalogue.shown(handle)) return;
    if (this.#rowOf(handle) < 0) this.#changed.add(handle);
  }

  async #embedChanged(): Promise<void> {
    try {
      while (this.#changed.size > 0) await this.#embed([...this.#changed].slice(0, embeddedAtOnce));
    } finally {
      // In the same turn as the last look: a change in between would wait for the next request.
      this.#embedding = undefined;
    }
  }

  async #embed(handles: readonly number[]): Promise<void> {
    for (const handle of handles) this.#changed.delete(handle);
    const items = handles.map((handle) => this.catalogue.item(handle)!);
    const vectors = await this.model.factors!.embedNewItems!(items);
    vectors.forEach((vector, at) => {
      if (vector && !items[at]!.withdrawn) this.#coldItems.set(handles[at]!, vector);
      else this.#coldItems.delete(handles[at]!);
    });
  }
}
