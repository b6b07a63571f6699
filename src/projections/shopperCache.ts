import type { StateChange, StateStore } from '../storage/index.js';
import { pack, spaces, unpack } from './codec.js';
import { dumpShopper, newShopper, restoreShopper, type Shopper } from './shopper.js';

/** A shopper in memory. */
export interface CachedShopper {
  readonly user: string;
  readonly shopper: Shopper;
  /** Changed since the last checkpoint, or being written: not to be forgotten before it is on disk. */
  held: boolean;
  dirty: boolean;
  /** Of the checkpoint under way, and not packed yet. */
  waiting: boolean;
}

/** The shoppers in memory, at most `limit` besides those that wait to be written; the others are read from disk. */
export class ShopperCache {
  /** Least recently used first. */
  readonly #shoppers = new Map<string, CachedShopper>();
  /** Changed since the last checkpoint. */
  #dirty: CachedShopper[] = [];
  /** Of the checkpoint under way: all, those not packed yet, and what it writes. */
  #taken: CachedShopper[] = [];
  #waiting: CachedShopper[] = [];
  #changes: StateChange[] = [];

  constructor(
    private readonly store: StateStore,
    private readonly limit: number,
  ) {}

  get size(): number {
    return this.#shoppers.size;
  }

  /** Whether as many wait to be written as there is room for. */
  get full(): boolean {
    return this.#dirty.length >= this.limit;
  }

  /** A shopper to look at, under the id they are known by now; undefined when never seen. */
  find(user: string): CachedShopper | undefined {
    let found = this.#load(user);
    while (found?.shopper.alias !== undefined) found = this.#load(found.shopper.alias);
    return found;
  }

  /** A shopper about to change, under the id they are known by now. */
  open(user: string): CachedShopper {
    let resident = this.find(user);
    if (!resident) {
      resident = { user, shopper: newShopper(), held: false, dirty: false, waiting: false };
      this.#shoppers.set(user, resident);
    }
    if (resident.waiting) this.#pack(resident);
    if (!resident.dirty) {
      resident.dirty = resident.held = true;
      this.#dirty.push(resident);
    }
    return resident;
  }

  /** Begins a checkpoint of what changed since the last one. */
  begin(): void {
    this.#taken = this.#dirty;
    this.#waiting = [...this.#dirty];
    this.#dirty = [];
    this.#changes = [];
    for (const resident of this.#taken) {
      resident.dirty = false;
      resident.waiting = true;
    }
  }

  /** Packs some more of the checkpoint, as of its beginning; false when nothing is left. */
  packSome(count: number): boolean {
    for (const resident of this.#waiting.splice(-count)) if (resident.waiting) this.#pack(resident);
    return this.#waiting.length > 0;
  }

  /** What the checkpoint writes; whole after the last `packSome`. */
  get changes(): readonly StateChange[] {
    return this.#changes;
  }

  written(): void {
    for (const resident of this.#taken) resident.held = resident.dirty;
    this.#taken = [];
    this.#changes = [];
    this.#evict();
  }

  /** Counts what the checkpoint was to write as changed again. */
  failed(): void {
    const unchanged = this.#taken.filter(({ dirty }) => !dirty);
    for (const resident of unchanged) resident.dirty = true;
    this.#dirty = this.#dirty.concat(unchanged);
    this.#taken = [];
    this.#changes = [];
  }

  #pack(resident: CachedShopper): void {
    resident.waiting = false;
    this.#changes.push({
      space: spaces.shoppers,
      key: resident.user,
      value: pack(dumpShopper(resident.shopper)),
    });
  }

  #load(user: string): CachedShopper | undefined {
    const found = this.#shoppers.get(user);
    if (found) {
      // The order matters only once forgetting is near.
      if (2 * this.#shoppers.size > this.limit) {
        this.#shoppers.delete(user);
        this.#shoppers.set(user, found);
      }
      return found;
    }
    const stored = this.store.get(spaces.shoppers, user);
    if (!stored) return undefined;
    const shopper = restoreShopper(unpack(stored, `the shopper ${user}`) as object);
    const resident = { user, shopper, held: false, dirty: false, waiting: false };
    this.#shoppers.set(user, resident);
    this.#evict(user);
    return resident;
  }

  /** Forgets the longest unused shoppers that are safely on disk, but not `except`. */
  #evict(except?: string): void {
    if (this.#shoppers.size <= this.limit) return;
    for (const [user, { held }] of this.#shoppers) {
      if (this.#shoppers.size <= this.limit) return;
      if (!held && user !== except) this.#shoppers.delete(user);
    }
  }
}
