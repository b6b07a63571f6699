import type { StateStore } from '../storage/index.js';
import { pack, unpack } from './dump.js';
import { dumpShopper, newShopper, restoreShopper, type Shopper } from './shopper.js';

const space = 'shoppers';

/** A shopper in memory. */
export interface Resident {
  readonly user: string;
  readonly shopper: Shopper;
  /** Changed since the last checkpoint, or being written: not to be forgotten before it is on disk. */
  held: boolean;
  dirty: boolean;
}

/** What a checkpoint takes of the shoppers; one of the two ends of it is to be told how it went. */
export interface Taken {
  changes: { space: string; key: string; value: Uint8Array }[];
  written(): void;
  failed(): void;
}

/** The shoppers in memory, at most `limit` besides those that wait to be written; the others are read from disk. */
export class Residents {
  /** Least recently used first. */
  readonly #shoppers = new Map<string, Resident>();
  /** Changed since the last checkpoint. */
  #dirty: Resident[] = [];

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
  find(user: string): Resident | undefined {
    let found = this.#load(user);
    while (found?.shopper.alias !== undefined) found = this.#load(found.shopper.alias);
    return found;
  }

  /** A shopper about to change, under the id they are known by now. */
  open(user: string): Resident {
    let resident = this.find(user);
    if (!resident) {
      resident = { user, shopper: newShopper(), held: false, dirty: false };
      this.#shoppers.set(user, resident);
    }
    if (!resident.dirty) {
      resident.dirty = resident.held = true;
      this.#dirty.push(resident);
    }
    return resident;
  }

  /** What changed since the last call, as it is now. */
  take(): Taken {
    const taken = this.#dirty;
    this.#dirty = [];
    const changes = taken.map((resident) => {
      resident.dirty = false;
      return { space, key: resident.user, value: pack(dumpShopper(resident.shopper)) };
    });
    return {
      changes,
      written: () => {
        for (const resident of taken) resident.held = resident.dirty;
        this.#evict();
      },
      failed: () => {
        const clean = taken.filter(({ dirty }) => !dirty);
        for (const resident of clean) resident.dirty = true;
        this.#dirty.push(...clean);
      },
    };
  }

  #load(user: string): Resident | undefined {
    const found = this.#shoppers.get(user);
    if (found) {
      // The order matters only once forgetting is near.
      if (2 * this.#shoppers.size > this.limit) {
        this.#shoppers.delete(user);
        this.#shoppers.set(user, found);
      }
      return found;
    }
    const stored = this.store.get(space, user);
    if (!stored) return undefined;
    const shopper = restoreShopper(unpack(stored, `the shopper ${user}`) as object);
    const resident = { user, shopper, held: false, dirty: false };
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
