import type { StateChange, StateStore } from '../storage/index.js';
import { namespaces, pack, unpack } from './codec.js';
import { DirtyRows } from './dirtyRows.js';
import { dumpShopper, newShopper, restoreShopper, type Shopper } from './shopper.js';

/** A shopper in memory. */
export interface CachedShopper {
  readonly user: string;
  shopper: Shopper;
  /** Forgotten: their record is to be deleted, unless they come back. */
  gone: boolean;
  /** Their row while they are in memory. */
  readonly slot: number;
}

/** The shoppers in memory, at most `limit` besides those that wait to be written; the others are read from disk. */
export class ShopperCache {
  /** Least recently used first. */
  readonly #shoppers = new Map<string, CachedShopper>();
  readonly #bySlot: CachedShopper[] = [];
  readonly #freeSlots: number[] = [];
  readonly dirty = new DirtyRows((slot) => this.#pack(slot));
  /** The one found last, for an event asks for its shopper several times. */
  #last: CachedShopper | undefined;

  constructor(
    private readonly store: StateStore,
    private readonly limit: number,
  ) {}

  get size(): number {
    return this.#shoppers.size;
  }

  /** Whether as many wait to be written as there is room for. */
  get full(): boolean {
    return this.dirty.size >= this.limit;
  }

  /** A shopper to look at; undefined when never seen. */
  find(user: string): CachedShopper | undefined {
    const found = this.#load(user);
    return found?.gone ? undefined : found;
  }

  /** A shopper about to change. */
  open(user: string): CachedShopper {
    const resident = this.#load(user) ?? this.#enter(user, newShopper());
    this.dirty.touch(resident.slot);
    resident.gone = false;
    return resident;
  }

  /** Forgets all of a shopper; the next checkpoint deletes their record. False where there was nothing. */
  forget(user: string): boolean {
    if (!this.find(user)) return false;
    const resident = this.open(user);
    resident.shopper = newShopper();
    resident.gone = true;
    return true;
  }

  /** Forgets the longest unused shoppers that are safely on disk, but not `except`. */
  evict(except?: string): void {
    if (this.#shoppers.size <= this.limit) return;
    this.#last = undefined;
    for (const [user, { slot }] of this.#shoppers) {
      if (this.#shoppers.size <= this.limit) return;
      if (this.dirty.held(slot) || user === except) continue;
      this.#shoppers.delete(user);
      this.#freeSlots.push(slot);
    }
  }

  #pack(slot: number): StateChange {
    const { user, shopper, gone } = this.#bySlot[slot]!;
    return { space: namespaces.shoppers, key: user, value: gone ? undefined : pack(dumpShopper(shopper)) };
  }

  #load(user: string): CachedShopper | undefined {
    if (this.#last?.user === user) return this.#last;
    const found = this.#shoppers.get(user);
    if (found) {
      // The order matters only once forgetting is near.
      if (2 * this.#shoppers.size > this.limit) {
        this.#shoppers.delete(user);
        this.#shoppers.set(user, found);
      }
      this.#last = found;
      return found;
    }
    const stored = this.store.get(namespaces.shoppers, user);
    if (!stored) return undefined;
    const resident = this.#enter(user, restoreShopper(unpack(stored, `the shopper ${user}`) as object));
    this.evict(user);
    return resident;
  }

  #enter(user: string, shopper: Shopper): CachedShopper {
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    const resident: CachedShopper = { user, shopper, slot, gone: false };
    this.#bySlot[slot] = resident;
    this.#shoppers.set(user, resident);
    return resident;
  }
}
