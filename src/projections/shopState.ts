import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import type { Event, EventWeights, Profile } from '../core/index.js';
import { defaultEventWeights, eventWeight, inSlices, isId } from '../core/index.js';
import type { EventLog, StateChange, StateStore } from '../storage/index.js';
import { corruptState, pack, spaces, unpack } from './codec.js';
import { type ItemStats, ItemTable } from './items.js';
import type { PairKind } from './pairMemory.js';
import { applyToShopper, mergeShoppers, profileOf, type Shopper } from './shopper.js';
import { ShopperCache } from './shopperCache.js';

export interface StateOptions {
  weights?: EventWeights;
  /** Events remembered per shopper. */
  recent?: number | undefined;
  /** Shoppers kept in memory; the others are read back from disk when they return. */
  residentShoppers?: number | undefined;
  /** Items with statistics; further ids are not counted. */
  maxItems?: number | undefined;
}

/** Events remembered per shopper unless configured. */
export const rememberedEvents = 200;
/** Events between checkpoints: bounds what a restart replays and what waits in memory to be written. */
const checkpointEvery = 10_000;
/** Events to catch up with from which a thread of its own for the pairs is worth its start. */
const worthAThread = 100_000;
/** Two purchases, or two views, of one shopper within this time count as together, ms. */
const togetherWithin = { bought: 60 * 60_000, viewed: 30 * 60_000 };
/** Pairs are counted among at most so many items of one order: a wholesale order would count n² of them. */
const pairLimit = 60;
const kindOf = new Map<string, PairKind>([
  ['purchase', 'bought'],
  ['view', 'viewed'],
  ['click', 'viewed'],
]);

/** Aliases of aliases are followed at every look at a shopper: a longer chain is not made. */
const deepestAlias = 32;

/** How checkpoints are written; one of another format is not read but made anew from the log. */
const format = 2;

/** One string for all equal ones, of the first thousand. */
class Names {
  readonly #known = new Map<string, string>();

  of(name: string): string {
    const known = this.#known.get(name);
    if (known === undefined && this.#known.size < 1_000) this.#known.set(name, name);
    return known ?? name;
  }
}

/** What a checkpoint says of itself: its format, the log offset it reflects and the id of the event before. */
interface Meta {
  format: number;
  offset: number;
  last: string;
}

/**
 * Profiles, item statistics and demand: a pure fold of the log kept in memory. A checkpoint writes what changed
 * together with the log offset in one transaction, so opening = last checkpoint + replay of the tail, and no event
 * is ever applied twice.
 */
export class ShopState {
  readonly items: ItemTable;
  readonly #weights: EventWeights;
  readonly #recent: number;
  readonly #typeNames = new Names();
  readonly #shoppers: ShopperCache;
  #offset = 0;
  /** Id of the event before `#offset`. */
  #last = '';
  #written = 0;
  #underWay = false;
  /** How many wait for a checkpoint: it does not rest then. */
  #waiters = 0;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: StateStore,
    options: StateOptions = {},
  ) {
    this.#weights = options.weights ?? defaultEventWeights;
    this.#recent = options.recent ?? rememberedEvents;
    this.#shoppers = new ShopperCache(store, options.residentShoppers ?? 100_000);
    this.items = new ItemTable(options.maxItems ?? 2_000_000);
    this.#restore();
  }

  /** Next offset to apply: everything before it is reflected. */
  get offset(): number {
    return this.#offset;
  }

  get residentShoppers(): number {
    return this.#shoppers.size;
  }

  /** Applies the events of the log from `offset` on; the caller decides when to write a checkpoint. */
  async catchUp(log: EventLog, report: (done: number) => void = () => {}): Promise<void> {
    this.#requireSameLog(log);
    const lends = log.head - this.#offset >= worthAThread && availableParallelism() > 1;
    if (lends) this.items.lend();
    try {
      while (this.#offset < log.head) {
        const to = Math.min(log.head, this.#offset + checkpointEvery);
        for (const { offset, event } of log.read(this.#offset, to)) this.apply(offset, event);
        await this.items.keptUp();
        // A restart would begin again anyway: only what has to stay in memory until written asks for a checkpoint.
        if (this.#shoppers.full) {
          await this.items.regain();
          await this.checkpoint();
          if (lends) this.items.lend();
        }
        report(this.#offset);
      }
    } finally {
      // A damaged event ends the replay, and must not leave a thread that keeps the process alive.
      await this.items.regain();
    }
  }

  /** A log that was put back from a backup may be shorter than the state, or another one. */
  #requireSameLog(log: EventLog): void {
    if (this.#offset === 0) return;
    if (this.#offset > log.head) throw corruptState(`it is ahead of the log, which ends at ${log.head}`);
    const [before] = log.read(this.#offset - 1, this.#offset);
    if (before?.event.id !== this.#last) throw corruptState('it was made from another log');
  }

  /** Folds one event in. Events come in log order, each once. Its strings become those that are held already. */
  apply(offset: number, event: Event): void {
    if (offset !== this.#offset) throw new Error(`Event ${offset} applied where ${this.#offset} is next`);
    this.#offset++;
    this.#last = event.id;
    event.type = this.#typeNames.of(event.type);
    const { user, shopper } = this.#shoppers.open(event.user);
    if (event.type === 'identify') this.#identify(user, shopper, event);
    else this.#count(event, shopper);
    applyToShopper(shopper, event, this.#weights, this.#recent);
  }

  /** The id a shopper is known by now: anonymous ids lead to the known one after `identify`. */
  resolve(user: string): string {
    return this.#shoppers.find(user)?.user ?? user;
  }

  profile(user: string, now: number): Profile {
    const known = this.#shoppers.find(user);
    return profileOf(known?.user ?? user, known?.shopper, now);
  }

  /** Units in the cart by item id. */
  cart(user: string): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#shoppers.find(user)?.shopper.cart ?? []);
  }

  itemStats(id: string, now: number): ItemStats | undefined {
    const row = this.items.row(id);
    return row < 0 ? undefined : this.items.stats(row, now);
  }

  /** Writes a checkpoint when enough has changed since the last one and none is being written. */
  async checkpointIfDue(): Promise<void> {
    if (this.#underWay || this.#offset - this.#written < checkpointEvery) return;
    this.#underWay = true;
    await this.#queue().finally(() => {
      this.#underWay = false;
    });
  }

  /** Writes what changed and the offset it reflects, in one transaction; at once, for somebody waits. */
  checkpoint(): Promise<void> {
    this.#waiters++;
    return this.#queue().finally(() => {
      this.#waiters--;
    });
  }

  #queue(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    return this.#writing;
  }

  /** Hash of everything derived; equal for equal logs, however they were applied. */
  async digest(): Promise<string> {
    await this.checkpoint();
    const hash = createHash('sha256');
    for (const space of Object.values(spaces)) {
      for (const { key, value } of this.store.entries(space)) hash.update(`${space}\0${key}\0`).update(value);
    }
    return hash.digest('hex');
  }

  #restore(): void {
    const meta = readMeta(this.store);
    if (!meta) return;
    const { offset, last } = meta;
    this.#offset = this.#written = offset;
    this.#last = last;
    for (const { key, value } of this.store.entries(spaces.items)) {
      this.items.restore(unpack(value, `the item ${key}`));
    }
    this.items.requireWhole();
  }

  #identify(known: string, into: Shopper, event: Event): void {
    const anonymous = event.context?.anonymous;
    if (!isId(anonymous)) return;
    if (this.resolve(anonymous) === known) return;
    const from = this.#shoppers.open(anonymous).shopper;
    if (from.depth < deepestAlias) mergeShoppers(from, into, known, this.#recent);
  }

  #count(event: Event, shopper: Shopper): void {
    const weight = eventWeight(this.#weights, event.type);
    const rows: number[] = [];
    for (const item of event.items) {
      const { id, quantity = 1, price = 0 } = item;
      const row = this.items.intern(id);
      if (row < 0) continue;
      // The string that is held already: what the shopper remembers would otherwise keep a copy per event.
      item.id = this.items.id(row);
      rows.push(row);
      this.items.count(row, event.type, weight, event.time);
      if (event.type === 'purchase') this.items.sell(row, quantity, quantity * price, event.time);
      if (event.type === 'refund') this.items.sell(row, -quantity, -quantity * price, event.time);
    }
    const kind = kindOf.get(event.type);
    if (kind) this.#pair(kind, event, rows, shopper);
  }

  #pair(kind: PairKind, event: Event, rows: readonly number[], shopper: Shopper): void {
    const earlier = this.#recentRows(kind, event, shopper);
    const together = rows.length > 1 ? [...new Set(rows)].slice(0, pairLimit) : rows;
    for (let at = 0; at < together.length; at++) {
      this.items.basket(kind, together[at]!);
      this.items.pair(kind, together[at]!, together, at + 1);
      this.items.pair(kind, together[at]!, earlier, 0);
    }
  }

  /** Rows of the shopper's last events of this kind shortly before `event`. */
  #recentRows(kind: PairKind, event: Event, shopper: Shopper): number[] {
    const rows: number[] = [];
    for (let at = shopper.events.length - 1; at >= 0 && rows.length < 20; at--) {
      const before = shopper.events[at]!;
      if (Math.abs(event.time - before.time) > togetherWithin[kind]) break;
      if (kindOf.get(before.type) !== kind) continue;
      const row = this.items.row(before.item);
      if (row >= 0 && !rows.includes(row)) rows.push(row);
    }
    return rows;
  }

  async #write(): Promise<void> {
    const offset = this.#offset;
    const last = this.#last;
    if (offset === this.#written) return;
    const meta: StateChange = {
      space: spaces.meta,
      key: 'offset',
      value: pack({ format, offset, last } satisfies Meta),
    };
    this.items.begin();
    this.#shoppers.begin();
    const rest = (): number => (this.#waiters > 0 ? 0 : resting);
    await inSlices(() => this.#shoppers.packSome(packedAtOnce), patience, rest);
    await inSlices(() => this.items.packSome(packedAtOnce), patience, rest);
    try {
      await this.store.write([...this.#shoppers.changes, ...this.items.changes, meta], rest);
    } catch (error) {
      this.#shoppers.failed();
      this.items.failed();
      throw error;
    }
    this.#written = offset;
    this.#shoppers.written();
    this.items.written();
  }
}

/** Records packed between two looks at the clock, and how long at a time, ms: requests are answered in between. */
const packedAtOnce = 8;
const patience = 2;
/** How many times as long as it works a checkpoint rests while nobody waits for it: a busy server has little to spare. */
const resting = 4;

function readMeta(store: StateStore): Meta | undefined {
  const packed = store.get(spaces.meta, 'offset');
  return packed && (unpack(packed, 'the checkpoint') as Meta);
}

/** Whether there is a checkpoint that this version of Endcap cannot read. */
export function isOutdated(store: StateStore): boolean {
  const meta = readMeta(store);
  return meta !== undefined && meta.format !== format;
}
