import type { Catalogue } from '../catalogue/index.js';
import type { Profile } from '../core/index.js';
import type { Model } from '../models/index.js';
import { FactorIndex, worthIndexing } from './retrieval/factorIndex.js';

/** Where models come from: the registry of the `train` room. */
export interface ModelSource {
  /** Version that is to serve now, undefined before the first. */
  deployed(): Promise<string | undefined>;
  load(version: string): Promise<Model>;
}

/** A loaded model whose rows are known as catalogue handles. */
export class DeployedModel {
  readonly #handles: Int32Array;

  private constructor(
    readonly version: string,
    readonly model: Model,
    private readonly catalogue: Catalogue,
    private readonly index: FactorIndex | undefined,
  ) {
    this.#handles = Int32Array.from(model.items.ids, (id) => catalogue.handle(id));
  }

  /** Makes a model ready to serve: a large factor model gets an index first. */
  static async prepare(version: string, model: Model, catalogue: Catalogue): Promise<DeployedModel> {
    const { factors } = model;
    const large = factors && model.items.size >= worthIndexing;
    const index = large ? await FactorIndex.build(factors.vectors, factors.dimension) : undefined;
    return new DeployedModel(version, model, catalogue, index);
  }

  /** Whether the model can say anything about this shopper. */
  knows(profile: Profile): boolean {
    return profile.events.some(({ item, weight }) => weight > 0 && this.model.items.row(item) >= 0);
  }

  async retrieve(
    profile: Profile,
    now: number,
    k: number,
    allowed: (handle: number) => boolean,
  ): Promise<number[]> {
    const handles = this.#handles;
    const query = { profile, now };
    const mayShow = (row: number): boolean => allowed(handles[row]!);
    const { rows } = this.index
      ? this.index.search(await this.model.factors!.shopper(query), k, mayShow)
      : await this.model.retrieve(query, k, mayShow);
    return Array.from(rows, (row) => handles[row]!);
  }

  neighbours(seed: number, k: number, found: (handle: number, score: number) => void): void {
    const row = this.model.items.row(this.catalogue.id(seed));
    if (row < 0 || !this.model.neighbours) return;
    const near = this.model.neighbours(row, k);
    near.rows.forEach((other, at) => {
      found(this.#handles[other]!, near.scores[at]!);
    });
  }

  /** Share of each event of the profile in the score of an item; undefined where the model cannot say. */
  attribute(profile: Profile, now: number, handle: number): Float32Array | undefined {
    const row = this.model.items.row(this.catalogue.id(handle));
    return row < 0 ? undefined : this.model.attribute?.({ profile, now }, row);
  }
}
