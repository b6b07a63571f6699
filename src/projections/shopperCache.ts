import { Eviction } from '../core/index.js';
import type { StateChange, StateStore } from '../storage/index.js';
import { ByteRecords } from './byteRecords.js';
import { namespaces } from './codec.js';
import { DirtyRows } from './dirtyRows.js';
import { newShopper, type Shopper } from './shopper.js';
import { packShopper, unpackShopper } from './shopperCodec.js';

/** Shoppers whose events are objects, those changed last; the others are kept as bytes, a tenth of that. */
const awakeShoppers = 1_000;
/** Things that those awake did and bought, a hundred bytes each. */
const awakeRecords = 20_000;
/**
 * Who did and bought more sleeps as soon as two others are asked for: so many objects at each event would grow old before
 * they are garbage, and fill the old heap.
 */
const mostRecords = 50;
/** So many are awake however much they did. */
const leastAwake = 3;
/** Shoppers looked at for leaving where one comes in: more than one, for some wait to be written. */
const looksOfOne = 4;

/** A shopper in memory. */
export interface CachedShopper {
  readonly user: string;
  shopper: Shopper;
  /** Forgotten: their record is to be deleted, unless they come back. */
  gone: boolean;
  /** Their row while they are in memory. */
  readonly slot: number;
}

/** Awake, or asleep: then their bytes alone are kept. */
interface Entry {
  readonly user: string;
  shopper: Shopper | undefined;
  gone: boolean;
  readonly slot: number;
  /** Looked for since it was last thought of putting them to sleep. */
  used: boolean;
  /** And since it was last thought of letting them leave the memory. */
  stays: boolean;
  /** Among those awake; −1 asleep. */
  place: number;
  /** What they did and bought when they were last about to change; 0 asleep. */
  records: number;
}

/** The shoppers in memory, at most `limit` besides those that wait to be written; the others are read from disk. */
export class ShopperCache {
  /** In the order in which it is thought of letting them leave: a shopper looked for since then has another turn. */
  readonly #shoppers = new Map<string, Entry>();
  readonly #bySlot: (Entry | undefined)[] = [];
  readonly #freeSlots: number[] = [];
  readonly #eviction = new Eviction(this.#shoppers);
  /** By slot: those asleep, and those awake whom nothing changed since. */
  readonly #packed = new ByteRecords();
  readonly #awake: Entry[] = [];
  /** Whose turn it is to be thought of putting to sleep (the clock of Corbató 1968). */
  #hand = 0;
  readonly dirty = new DirtyRows((slot) => this.#pack(slot));
  /** The two looked for last: an event that joins two shoppers changes both. At least three are awake. */
  #inHand: [Entry | undefined, Entry | undefined] = [undefined, undefined];
  /** The one found last, for an event asks for its shopper several times. */
  #last: Entry | undefined;

  #awakeLimit: number;
  /** Of all who are awake. */
  #records = 0;

  constructor(
    private readonly store: StateStore,
    private readonly limit: number,
    private readonly usualAwake = awakeShoppers,
    /** As many may wait to be written while a log is read. */
    private readonly mostWaiting = limit,
  ) {
    this.#awakeLimit = usualAwake;
  }

  /** All in memory stay awake until `settle`: where a whole log is read, each comes back many times. */
  stayAwake(): void {
    this.#awakeLimit = Number.POSITIVE_INFINITY;
  }

  settle(): void {
    this.#awakeLimit = this.usualAwake;
    while (this.#crowded) this.#putToSleep();
  }

  get #crowded(): boolean {
    const { length } = this.#awake;
    if (length > this.#awakeLimit) return true;
    return this.#records > awakeRecords && length > leastAwake && !this.#allStay;
  }

  get #allStay(): boolean {
    return this.#awakeLimit === Number.POSITIVE_INFINITY;
  }

  get size(): number {
    return this.#shoppers.size;
  }

  /** Whether as many wait to be written as there is room for. */
  get full(): boolean {
    return this.dirty.size >= this.mostWaiting;
  }

  /**
   * A shopper to look at; undefined when never seen. Good until two others are asked for: their objects go as young as
   * they came, where keeping those of everybody who looks at a page would fill the old heap and bring its collections.
   */
  find(user: string): CachedShopper | undefined {
    const found = this.#load(user);
    if (!found || found.gone) return undefined;
    this.#take(found);
    if (this.#allStay) this.#stay(found);
    return found as CachedShopper;
  }

  /** A shopper about to change. */
  open(user: string): CachedShopper {
    const resident = this.#load(user) ?? this.#enter(user, newShopper());
    this.#take(resident);
    this.#stay(resident);
    this.#packed.delete(resident.slot);
    this.dirty.touch(resident.slot);
    resident.gone = false;
    return resident as CachedShopper;
  }

  /** Forgets all of a shopper; the next checkpoint deletes their record. False where there was nothing. */
  forget(user: string): boolean {
    if (!this.find(user)) return false;
    const resident = this.open(user);
    resident.shopper = newShopper();
    resident.gone = true;
    return true;
  }

  /** Forgets shoppers long unused that are safely on disk, but not `except`, looking at some or at all. */
  evict(except?: string, looks = this.#shoppers.size): void {
    for (let left = looks; left > 0 && this.#shoppers.size > this.limit; left--) {
      const [user, entry] = this.#eviction.oldest()!;
      this.#shoppers.delete(user);
      if (entry.stays || this.dirty.held(entry.slot) || user === except) {
        // Behind those that may go, so that whoever looks next does not look at them again.
        entry.stays = false;
        this.#shoppers.set(user, entry);
        continue;
      }
      if (entry.place >= 0) this.#leave(entry);
      this.#packed.delete(entry.slot);
      this.#bySlot[entry.slot] = undefined;
      this.#freeSlots.push(entry.slot);
      if (entry === this.#last) this.#last = undefined;
    }
  }

  #pack(slot: number): StateChange {
    const { user, shopper, gone } = this.#bySlot[slot]!;
    const value = gone ? undefined : (this.#packed.get(slot)?.slice() ?? packShopper(shopper!));
    return { space: namespaces.shoppers, key: user, value };
  }

  #load(user: string): Entry | undefined {
    if (this.#last?.user === user) return this.#last;
    const found = this.#shoppers.get(user);
    if (found) {
      found.stays = true;
      this.#last = found;
      return found;
    }
    const stored = this.store.get(namespaces.shoppers, user);
    if (!stored) return undefined;
    const resident = this.#enter(user, unpackShopper(stored, user));
    this.#packed.put(resident.slot, stored);
    this.evict(user, looksOfOne);
    return resident;
  }

  #enter(user: string, shopper: Shopper): Entry {
    const slot = this.#freeSlots.pop() ?? this.#bySlot.length;
    const resident: Entry = {
      user,
      shopper,
      slot,
      gone: false,
      used: true,
      stays: false,
      place: -1,
      records: 0,
    };
    this.#bySlot[slot] = resident;
    this.#shoppers.set(user, resident);
    this.#last = resident;
    return resident;
  }

  /** Into the hand, as objects; whoever leaves it and is not to stay awake sleeps on. */
  #take(entry: Entry): void {
    entry.used = true;
    entry.shopper ??= unpackShopper(this.#packed.get(entry.slot)!, entry.user);
    const [first, second] = this.#inHand;
    if (entry === first) return;
    this.#inHand = [entry, first];
    if (second && second !== entry && second.place < 0) this.#sleep(second);
  }

  /** Among those awake, unless they did much. */
  #stay(entry: Entry): void {
    const { events, bought } = entry.shopper!;
    const records = events.length + (bought?.size ?? 0);
    if (records > mostRecords && !this.#allStay) {
      if (entry.place >= 0) this.#leave(entry);
      return;
    }
    this.#records += records - entry.records;
    entry.records = records;
    if (entry.place < 0) entry.place = this.#awake.push(entry) - 1;
    while (this.#crowded) this.#putToSleep();
  }

  /** One of those nobody looked for lately: the first that was not since it was last its turn. */
  #putToSleep(): void {
    for (;;) {
      if (this.#hand >= this.#awake.length) this.#hand = 0;
      const entry = this.#awake[this.#hand++]!;
      if (entry.used || this.#inHand.includes(entry)) {
        entry.used = false;
        continue;
      }
      this.#sleep(entry);
      this.#leave(entry);
      return;
    }
  }

  #sleep(entry: Entry): void {
    // Put out meanwhile: the row may be another's by now.
    if (this.#bySlot[entry.slot] !== entry) return;
    if (!this.#packed.has(entry.slot)) this.#packed.put(entry.slot, packShopper(entry.shopper!));
    entry.shopper = undefined;
  }

  /** The last of those awake takes its place. */
  #leave(entry: Entry): void {
    this.#records -= entry.records;
    entry.records = 0;
    const last = this.#awake.pop()!;
    if (last !== entry) {
      last.place = entry.place;
      this.#awake[last.place] = last;
    }
    entry.place = -1;
  }
}
