import type { LiftKind, Profile } from '../core/index.js';
import { type FacetColumn, idf } from '../index/index.js';
import type { ProductIndex } from './productIndex.js';

const day = 86_400_000;
/** Half-life of what an event says of taste, ms; what was done in this visit counts twice. */
const halfLife = 14 * day;
const visit = 30 * 60_000;
/** Weight of doubt: a share is drawn to 0 by so much, so that one view moves little and ten much. */
const doubt = 2;
const leastPriceSpread = 0.35;
/** Weight of views of an item that counts half of what many do: a view in this visit is worth more than any company. */
const halfSeen = 0.5;
/** Strength of company that counts half of what the strongest does. */
const halfStrength = 0.1;

/** Parts of what makes an item fit a shopper, each 0 to 1, and how much each counts. */
export const tasteWeights: Readonly<Record<LiftKind, number>> = {
  category: 0.5,
  brand: 0.8,
  tags: 1.2,
  price: 0.3,
  searches: 1,
  seen: 2,
  related: 1.6,
  model: 1,
};

/** Scores of items by handle, 0 and up. */
export type ItemScores = ReadonlyMap<number, number>;

/** What is known of a shopper that search can use. */
export interface Signals {
  profile: Profile;
  now: number;
  /** Items that go with what they looked at and how strongly, from live statistics. */
  related: ItemScores;
  /** Items that the shopper's earlier searches ask for. */
  searched: ItemScores;
  /** What the deployed model says, where there is one. */
  model: ItemScores;
}

/** How well items fit a shopper's taste, told apart by reason. */
export class Taste {
  readonly #categories = new Map<number, number>();
  readonly #brands = new Map<number, number>();
  readonly #tags = new Map<number, number>();
  readonly #seen = new Map<number, number>();
  #price = { mean: 0, spread: leastPriceSpread, weight: 0 };
  readonly #category: FacetColumn;
  readonly #brand: FacetColumn;
  /** Parts of which anything is known, in the order of their weights. */
  readonly #kinds: readonly LiftKind[];

  constructor(
    private readonly products: ProductIndex,
    private readonly signals: Signals,
  ) {
    this.#category = products.category;
    this.#brand = products.brand;
    this.#learn(signals);
    const known: Readonly<Record<LiftKind, number>> = {
      category: this.#categories.size,
      brand: this.#brands.size,
      tags: this.#tags.size,
      price: this.#price.weight,
      searches: signals.searched.size,
      seen: this.#seen.size,
      related: signals.related.size,
      model: signals.model.size,
    };
    this.#kinds = kinds.filter((kind) => known[kind] > 0);
  }

  /** The same taste with what a model says. */
  with(model: ItemScores): Taste {
    return new Taste(this.products, { ...this.signals, model });
  }

  /** Whether anything is known that could move an item. */
  get isKnown(): boolean {
    const { related, searched, model } = this.signals;
    return this.#seen.size > 0 || related.size > 0 || searched.size > 0 || model.size > 0;
  }

  /** Items the shopper's own signals point at: worth a look however their words score. */
  *pointedAt(): Iterable<number> {
    yield* this.#seen.keys();
    yield* this.signals.related.keys();
    yield* this.signals.searched.keys();
    yield* this.signals.model.keys();
  }

  /** One part of the fit, 0 to 1. */
  part(kind: LiftKind, item: number): number {
    switch (kind) {
      case 'category':
        return this.#categories.get(this.#category.first(item)) ?? 0;
      case 'brand':
        return this.#brands.get(this.#brand.first(item)) ?? 0;
      case 'tags':
        return this.#tagFit(item);
      case 'price':
        return this.#priceFit(item);
      case 'seen':
        return this.#seen.get(item) ?? 0;
      case 'searches':
        return this.signals.searched.get(item) ?? 0;
      case 'related':
        return this.#relatedFit(item);
      case 'model':
        return this.signals.model.get(item) ?? 0;
    }
  }

  /** The weighted sum of the parts. It is asked of each of a thousand candidates: what is not known is not looked up. */
  fit(item: number): number {
    let sum = 0;
    for (const kind of this.#kinds) sum += tasteWeights[kind] * this.part(kind, item);
    return sum;
  }

  /** Which parts make the fit, strongest first, with their shares of it. */
  reasons(item: number): { kind: LiftKind; value?: string; share: number }[] {
    const fit = this.fit(item);
    if (fit <= 0) return [];
    return kinds
      .map((kind) => ({
        kind,
        ...this.#valueOf(kind, item),
        share: (tasteWeights[kind] * this.part(kind, item)) / fit,
      }))
      .filter(({ share }) => share >= 0.1)
      .sort((a, b) => b.share - a.share);
  }

  #valueOf(kind: LiftKind, item: number): { value?: string } {
    const { category, brand } = this.products;
    if (kind === 'category') return { value: category.name(category.first(item)) };
    if (kind === 'brand') return { value: brand.name(brand.first(item)) };
    return {};
  }

  #priceFit(item: number): number {
    const { mean, spread, weight } = this.#price;
    const price = this.products.prices.get(item);
    if (!(price > 0) || weight === 0) return 0;
    const off = (Math.log(price) - mean) / spread;
    return (weight / (weight + 2 * doubt)) * Math.exp(-0.5 * off * off);
  }

  /** Weak company stays weak, also where there is none that is stronger. */
  #relatedFit(item: number): number {
    const strength = this.signals.related.get(item) ?? 0;
    return strength / (strength + halfStrength);
  }

  /** What the shopper's items have in common with this one, rare things more than common ones. */
  #tagFit(item: number): number {
    let sum = 0;
    this.products.tags.each(item, (tag) => {
      sum += this.#tags.get(tag) ?? 0;
    });
    return Math.min(1, sum);
  }

  #learn({ profile, now }: Signals): void {
    const { catalogue, category, brand, tags, prices } = this.products;
    const bought = new Set<number>();
    let total = 0;
    let logs = 0;
    let squares = 0;
    let priced = 0;
    for (const event of profile.events) {
      const item = catalogue.find(event.item);
      if (item < 0 || event.weight === 0) continue;
      const age = Math.max(0, now - event.time);
      const weight = event.weight * 0.5 ** (age / halfLife) * (age < visit ? 2 : 1);
      add(this.#categories, category.first(item), weight);
      add(this.#brands, brand.first(item), weight);
      tags.each(item, (tag) => add(this.#tags, tag, weight));
      if (weight > 0) total += weight;
      if (event.type === 'purchase') bought.add(item);
      else if (weight > 0) add(this.#seen, item, weight);
      const price = prices.get(item);
      if (!(price > 0) || weight <= 0) continue;
      logs += weight * Math.log(price);
      squares += weight * Math.log(price) ** 2;
      priced += weight;
    }
    // Whoever bought it has it.
    for (const item of bought) this.#seen.delete(item);
    share(this.#categories, total + doubt);
    share(this.#brands, total + doubt);
    share(this.#tags, total + doubt);
    const items = this.products.words.size;
    for (const [tag, part] of this.#tags)
      this.#tags.set(tag, (part * idf(items, tags.uses(tag))) / Math.log(2 + items));
    for (const [item, weight] of this.#seen) this.#seen.set(item, Math.max(0, weight / (weight + halfSeen)));
    if (priced === 0) return;
    const mean = logs / priced;
    const spread = Math.max(leastPriceSpread, Math.sqrt(Math.max(0, squares / priced - mean ** 2)));
    this.#price = { mean, spread, weight: priced };
  }
}

const kinds = Object.keys(tasteWeights) as LiftKind[];

function add(sums: Map<number, number>, key: number, weight: number): void {
  if (key >= 0) sums.set(key, (sums.get(key) ?? 0) + weight);
}

function share(sums: Map<number, number>, total: number): void {
  for (const [key, sum] of sums) sums.set(key, sum > 0 ? sum / total : 0);
}
