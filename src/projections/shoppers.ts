import { type Event, type EventTable, type Profile, tableNumber } from '../core/index.js';
import type { StateStore } from '../storage/index.js';
import { cartUnits } from './cart.js';
import { namespaces } from './codec.js';
import { profileOf } from './profileOf.js';
import type { Projection } from './projection.js';
import { foldIntoShoppers, type Shopper, type ShopperBook, type ShopperLimits } from './shopper.js';
import { ShopperCache } from './shopperCache.js';

export interface ShoppersOptions {
  table: EventTable;
  /** How much is remembered of each. */
  limits: ShopperLimits;
  /** Shoppers kept in memory; the others are read back from disk when they return. */
  resident: number;
  /** Shoppers that may wait to be written while a log is read; as many as `resident` by default. */
  waiting?: number;
}

/** What is remembered of each shopper; those long unseen are on disk only. */
export class Shoppers implements Projection, ShopperBook {
  readonly name = namespaces.shoppers;
  readonly version: number;
  readonly #cache: ShopperCache;

  constructor(
    store: StateStore,
    private readonly options: ShoppersOptions,
  ) {
    this.version = 6 + 1_000 * tableNumber(options.table);
    this.#cache = new ShopperCache(store, options.resident, undefined, options.waiting);
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

  /** Before a long log is read: shoppers stay awake until `settle`. */
  beginLog(): void {
    this.#cache.stayAwake();
  }

  settle(): void {
    this.#cache.settle();
  }

  apply(_offset: number, event: Event): void {
    foldIntoShoppers(this, event, this.options.table, this.options.limits);
  }

  /** A shopper about to change. */
  open(user: string): Shopper {
    return this.#cache.open(user).shopper;
  }

  isSeen(user: string): boolean {
    return this.#cache.find(user) !== undefined;
  }

  forget(users: ReadonlySet<string>): void {
    for (const user of users) this.#cache.forget(user);
  }

  /** Forgets what a shopper did before a time, and all of one who was not seen since; false of such a one. */
  forgetBefore(user: string, time: number): boolean {
    const known = this.#cache.find(user)?.shopper;
    if (!known || known.lastSeen < time) {
      this.#cache.forget(user);
      return false;
    }
    const shopper = this.open(user);
    shopper.events = shopper.events.filter((event) => event.time >= time);
    for (const [item, { last }] of shopper.bought ?? []) if (last < time) shopper.bought!.delete(item);
    return true;
  }

  /** Whether the id is of a known shopper: one that an anonymous id was joined to. */
  isKnown(user: string): boolean {
    return this.#cache.find(user)?.shopper.known === true;
  }

  profile(user: string, now: number): Profile {
    const { table, limits } = this.options;
    return profileOf(user, this.#cache.find(user)?.shopper, now, table, limits);
  }

  /** Units in the cart by item id. */
  cart(user: string): Readonly<Record<string, number>> {
    return Object.fromEntries(cartUnits(this.#cache.find(user)?.shopper.cart ?? new Map()));
  }

  /** A record stays on disk until its shopper is asked for. */
  restore(): void {}

  /** What was written may leave the memory. */
  evict(): void {
    this.#cache.evict();
  }
}
