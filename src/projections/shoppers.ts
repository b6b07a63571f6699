import type { Event, EventWeights, Profile, ProfileEvent } from '../core/index.js';
import { isId } from '../core/index.js';
import type { StateStore } from '../storage/index.js';
import { spaces } from './codec.js';
import type { Projection } from './projection.js';
import { applyToShopper, mergeShoppers, profileOf, type Shopper } from './shopper.js';
import { ShopperCache } from './shopperCache.js';

/** Aliases of aliases are followed at every look at a shopper: a longer chain is not made. */
const deepestAlias = 32;
const nothing: readonly ProfileEvent[] = [];

export interface ShoppersOptions {
  weights: EventWeights;
  /** Events remembered per shopper. */
  recent: number;
  /** Shoppers kept in memory; the others are read back from disk when they return. */
  resident: number;
}

/** What is remembered of each shopper; those long unseen are on disk only. */
export class Shoppers implements Projection {
  readonly name = spaces.shoppers;
  readonly version = 1;
  readonly #cache: ShopperCache;

  constructor(
    store: StateStore,
    private readonly options: ShoppersOptions,
  ) {
    this.#cache = new ShopperCache(store, options.resident);
  }

  get dirty() {
    return this.#cache.dirty;
  }

  get resident(): number {
    return this.#cache.size;
  }

  /** Whether as many wait for a checkpoint as there is room for. */
  get full(): boolean {
    return this.#cache.full;
  }

  apply(_offset: number, event: Event): void {
    const { user, shopper } = this.#cache.open(event.user);
    if (event.type === 'identify') this.#identify(user, shopper, event);
    applyToShopper(shopper, event, this.options.weights, this.options.recent);
  }

  /** What they did last, oldest first. */
  eventsOf(user: string): readonly ProfileEvent[] {
    return this.#cache.find(user)?.shopper.events ?? nothing;
  }

  /** The id a shopper is known by now: anonymous ids lead to the known one after `identify`. */
  resolve(user: string): string {
    return this.#cache.find(user)?.user ?? user;
  }

  profile(user: string, now: number): Profile {
    const known = this.#cache.find(user);
    return profileOf(known?.user ?? user, known?.shopper, now);
  }

  /** Units in the cart by item id. */
  cart(user: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#cache.find(user)?.shopper.cart ?? []);
  }

  /** A record stays on disk until its shopper is asked for. */
  restore(): void {}

  /** What was written may leave the memory. */
  evict(): void {
    this.#cache.evict();
  }

  #identify(known: string, into: Shopper, event: Event): void {
    const anonymous = event.context?.anonymous;
    if (!isId(anonymous)) return;
    if (this.resolve(anonymous) === known) return;
    const from = this.#cache.open(anonymous).shopper;
    if (from.depth < deepestAlias) mergeShoppers(from, into, known, this.options.recent);
  }
}
