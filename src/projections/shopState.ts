import { createHash } from 'node:crypto';
import type { ItemDictionary } from '../catalogue/index.js';
import type { Event, EventTable, Meaning, Profile } from '../core/index.js';
import { countsForAll, defaultEventTable, isErased, meaningIn, slicer, within } from '../core/index.js';
import type { EventLog, StateStore } from '../storage/index.js';
import { readCheckpoint } from './checkpoint.js';
import { corruptState, eventsMissing } from './codec.js';
import { type Demand, DemandByDay } from './demand.js';
import { Influence } from './influence.js';
import { ItemStatistics } from './itemStatistics.js';
import { Pairs } from './pairs.js';
import type { Projection } from './projection.js';
import { ProjectionSet } from './projectionSet.js';
import { defaultShopperLimits } from './shopper.js';
import { Shoppers } from './shoppers.js';
import { UnknownTypes } from './unknownTypes.js';

export interface StateOptions {
  /** What events mean and weigh. */
  table?: EventTable;
  /** Events remembered per shopper. */
  recent?: number | undefined;
  /** Items remembered per shopper as bought, and for how long, ms. */
  boughtItems?: number | undefined;
  boughtMs?: number | undefined;
  /** Shoppers kept in memory; the others are read back from disk when they return. */
  residentShoppers?: number | undefined;
  /** Items with statistics; further ids are not counted. */
  maxItems?: number | undefined;
  /** What else is folded from the log, after the projections every shop has. */
  projections?: readonly Projection[];
}

/** What is known of one item. */
export interface ItemStats {
  id: string;
  trend: number;
  popularity: number;
  counts: Readonly<Record<string, number>>;
  demand: readonly Demand[];
}

/** Told of a long fold now and then: events done, of so many. */
export type FoldProgress = (done: number, total: number) => void;

/** Events between checkpoints, and how many at most: bounds what a restart replays, and what waits to be written. */
const checkpointEvery = 10_000;
const checkpointAtMost = 500_000;
/** Between, how many times as long as the last one took: in a large shop nearly every row changes meanwhile. */
const checkpointShare = 6;
/** Time between checkpoints while the state catches up, ms: what a restart has to do again. */
const catchUpCheckpointMs = 15_000;
/** And at least so many times as long as the last one took: most of the time goes into catching up. */
const catchUpShare = 10;
/** How long at a time a state catches up before others have their turn, ms: who asks how far it is is answered. */
const catchUpSliceMs = 20;
/** Shoppers that are forgotten together: each fold looks through what it keeps once for all of them. */
const [forgottenTogether, forgetSliceMs] = [200, 2];
/** Time for the checkpoint of projections that leave while a shop closes, which has 10 s for all, ms. */
const leaveMs = 1_000;
/** Events to catch up with from which batches of pairs are worth their arrays. */
const worthBatches = 20_000;
/**
 * How many times as long as it works a checkpoint rests while nobody waits for it: a busy server has little to spare. And
 * where more waits to be written than should.
 */
const [restFactor, hurriedRestFactor] = [19, 4];

/** Shoppers kept in memory, who are a read of the disk away otherwise; and those who wait for a checkpoint in a replay. */
const [usualResident, mostWaiting] = [20_000, 100_000];

/** One string for all equal ones, of the first thousand. */
class Names {
  readonly #known = new Map<string, string>();

  of(name: string): string {
    const known = this.#known.get(name);
    if (known === undefined && this.#known.size < 1_000) this.#known.set(name, name);
    return known ?? name;
  }
}

/**
 * Everything derived from the log: a list of projections, all at the same offset, kept in memory. A checkpoint writes
 * what changed together with the offset in one transaction, so opening = last checkpoint + replay of the tail, and no
 * event is ever applied twice.
 */
export class ShopState {
  readonly table: EventTable;
  /** Types of events that nobody has said the meaning of. */
  readonly unknownTypes: UnknownTypes;
  readonly statistics: ItemStatistics;
  readonly demand: DemandByDay;
  readonly pairs: Pairs;
  readonly shoppers: Shoppers;
  readonly #projections: ProjectionSet;
  readonly #influence: Influence;
  readonly #maxItems: number;
  readonly #settings: string;
  readonly #typeNames = new Names();
  readonly #handles: number[] = [];
  /** Of the list above, those that the checkpoint does not have up to its offset, and where they go on. */
  #behind: readonly { projection: Projection; from: number }[] = [];
  #offset = 0;
  /** Id of the event before `#offset`. */
  #last = '';
  #written = 0;
  /** Events that were counted are erased. */
  #stale = false;
  #underWay = false;
  #restsUntil = 0;
  /** Until when projections that leave wait for their checkpoint, ms of `performance.now()`. */
  #leaveBy = Number.NEGATIVE_INFINITY;
  /** How many wait for a checkpoint: it does not rest then. */
  #waiters = 0;
  #writing: Promise<void> = Promise.resolve();
  /** Aborted where no checkpoint is to be written any more. */
  readonly #stop = new AbortController();

  constructor(
    private readonly store: StateStore,
    readonly dictionary: ItemDictionary,
    options: StateOptions = {},
  ) {
    const { recent, bought } = defaultShopperLimits;
    this.table = options.table ?? defaultEventTable;
    this.#maxItems = options.maxItems ?? 2_000_000;
    const settings = [[...this.table].sort(), options.recent ?? recent, bought, this.#maxItems];
    this.#settings = JSON.stringify(settings);
    this.#influence = new Influence(this.table);
    this.statistics = new ItemStatistics(dictionary, this.#influence);
    this.demand = new DemandByDay(dictionary, this.#influence, this.table);
    this.shoppers = new Shoppers(store, {
      table: this.table,
      limits: {
        recent: options.recent ?? recent,
        bought: { items: options.boughtItems ?? bought.items, ms: options.boughtMs ?? bought.ms },
      },
      resident: options.residentShoppers ?? usualResident,
      waiting: options.residentShoppers ?? mostWaiting,
    });
    this.pairs = new Pairs(dictionary, this.#influence);
    this.unknownTypes = new UnknownTypes(this.table);
    const further = [this.unknownTypes, ...(options.projections ?? [])];
    const list: Projection[] = [this.statistics, this.demand, this.pairs, this.shoppers, ...further];
    this.#projections = new ProjectionSet(store, list);
    for (const projection of list) projection.within?.(this);
  }

  /** Next offset to apply: everything before it is reflected. */
  get offset(): number {
    return this.#offset;
  }

  /**
   * Takes the checkpoint back into what was just made. False where there is one that this version cannot go on from:
   * the store is to be wiped, or another to be filled.
   */
  async restore(): Promise<boolean> {
    const meta = readCheckpoint(this.store);
    if (meta === 'none') return true;
    if (meta === 'unreadable' || meta.stale || meta.dictionary !== this.dictionary.identity) return false;
    if (meta.settings !== this.#settings) return false;
    const always: readonly Projection[] = [this.statistics, this.demand, this.pairs, this.shoppers];
    if (!always.every(({ name, version }) => meta.projections[name] === version)) return false;
    this.#behind = await this.#projections.restore(meta);
    this.#offset = this.#written = meta.offset;
    this.#last = meta.last;
    return true;
  }

  /** Applies the events of the log from `offset` on, with a checkpoint now and then. */
  async catchUp(log: EventLog, report: FoldProgress = () => {}): Promise<void> {
    await this.requireSameLog(log);
    for (const { projection, from } of this.#behind) await this.#foldAlone(projection, log, from, report);
    // The next checkpoint is to have them, whether or not an event comes.
    if (this.#behind.length > 0) this.#written = -1;
    this.#behind = [];
    if (log.head - this.#offset >= worthBatches) {
      this.pairs.beginBatches();
      this.shoppers.beginLog();
    }
    let due = performance.now() + catchUpCheckpointMs;
    const slice = slicer(catchUpSliceMs);
    for await (const { first, events } of log.blocks(this.#offset)) {
      for (let at = 0; at < events.length; at++) this.apply(first + at, events[at]!);
      if (this.shoppers.full || performance.now() > due) {
        const began = performance.now();
        await this.checkpoint();
        const took = performance.now() - began;
        due = began + took + Math.max(catchUpCheckpointMs, catchUpShare * took);
      }
      report(this.#offset, log.head);
      const pause = slice();
      if (pause) await pause;
    }
    this.pairs.settle();
    this.shoppers.settle();
  }

  /**
   * Takes a further projection in while the shop serves: what the checkpoint has of it, then the log up to now, and
   * from the same turn on every event. What the checkpoint has and cannot be read is made again from the log. Returns
   * how to let it go, after a checkpoint.
   */
  async join(projection: Projection, log: EventLog): Promise<() => Promise<void>> {
    this.#projections.requireName(projection);
    projection.within?.(this);
    this.#projections.joining.add(projection);
    try {
      let from = await this.#projections.takeBack(projection).catch(() => 0);
      while (from < this.#offset) from = await this.#foldAlone(projection, log, from);
      this.#projections.list.push(projection);
    } finally {
      this.#projections.joining.delete(projection);
    }
    return async () => {
      try {
        if (!projection.transient) await this.#checkpointToLeave();
      } finally {
        this.#projections.remove(projection);
      }
    };
  }

  /** Folds one event in. Events come in log order, each once. Its strings become those that are held already. */
  apply(offset: number, event: Event): void {
    if (offset !== this.#offset) throw new Error(`Event ${offset} applied where ${this.#offset} is next`);
    this.#offset++;
    this.#last = event.id;
    event.type = this.#typeNames.of(event.type);
    if (isErased(event)) return;
    const handles = this.#handlesOf(event);
    if (handles.some(isCounted)) this.#influence.look(event, handles, this.shoppers.open(event.user));
    else this.#influence.clear(handles.length);
    for (const projection of this.#projections.list) projection.apply(offset, event, handles);
  }

  /** Whether the id is of a known shopper: one that an anonymous id was joined to. */
  isKnown(user: string): boolean {
    return this.shoppers.isKnown(user);
  }

  /** What a type of event means in this shop. */
  meaning(type: string): Meaning | undefined {
    return meaningIn(this.table, type);
  }

  profile(user: string, now: number): Profile {
    return this.shoppers.profile(user, now);
  }

  /**
   * Forgets shoppers. On disk when resolved; the statistics, which name nobody, are made anew from the log at the next
   * start, as if they had never been. `counted`: whether the log had anything that is erased; if not, no sum holds it.
   */
  async forget(users: readonly string[], counted = true): Promise<void> {
    const slice = slicer(forgetSliceMs);
    for (let from = 0; from < users.length; from += forgottenTogether) {
      this.#projections.forget(new Set(users.slice(from, from + forgottenTogether)));
      const pause = slice();
      if (pause) await pause;
    }
    await this.#projections.forgetAbsent();
    this.#stale ||= counted;
    this.#written = -1;
    await this.checkpoint();
  }

  /** Units in the cart by item id. */
  cart(user: string): Readonly<Record<string, number>> {
    return this.shoppers.cart(user);
  }

  /** Undefined for an item that was never seen. */
  itemStats(id: string, now: number): ItemStats | undefined {
    const handle = this.dictionary.find(id);
    if (handle < 0) return undefined;
    return {
      id,
      counts: this.statistics.counts(handle),
      demand: this.demand.of(handle),
      trend: this.statistics.trend(handle, now),
      popularity: this.statistics.popularity(handle, now),
    };
  }

  /** Writes a checkpoint when enough has changed since the last one and none is being written. */
  async checkpointIfDue(): Promise<void> {
    const events = this.#offset - this.#written;
    if (this.#underWay || events < checkpointEvery) return;
    const began = performance.now();
    const mayWait = events < checkpointAtMost && !this.shoppers.full;
    if (began < this.#restsUntil && mayWait) return;
    this.#underWay = true;
    await this.#queue().finally(() => {
      this.#underWay = false;
      const ended = performance.now();
      this.#restsUntil = ended + checkpointShare * (ended - began);
    });
  }

  /** Writes what changed and the offset it reflects, in one transaction; at once, for somebody waits. */
  checkpoint(): Promise<void> {
    this.#waiters++;
    return this.#queue().finally(() => {
      this.#waiters--;
    });
  }

  /** A checkpoint that is waited for no longer than those who leave together may: it goes on without them. */
  async #checkpointToLeave(): Promise<void> {
    const now = performance.now();
    if (now > this.#leaveBy + leaveMs) this.#leaveBy = now + leaveMs;
    await within(this.checkpoint(), Math.max(0, this.#leaveBy - now));
  }

  /**
   * The last checkpoint, if there is time for it: one that is not whole after `withinMs` is given up, and the next
   * start folds the events since the one before. Whether it was written.
   */
  async finish(withinMs: number): Promise<boolean> {
    const timer = setTimeout(() => this.#stop.abort(), withinMs);
    try {
      await this.checkpoint();
      return true;
    } catch (error) {
      if (this.#stop.signal.aborted) return false;
      throw error;
    } finally {
      clearTimeout(timer);
      this.#stop.abort();
    }
  }

  /** Hash of everything derived; equal for equal logs and item dictionaries, however they were applied. */
  async digest(): Promise<string> {
    await this.checkpoint();
    const hash = createHash('sha256').update(`${this.#offset}\0${this.#last}`);
    for (const { name } of this.#projections.list) {
      for (const { key, value } of this.store.entries(name)) hash.update(`${name}\0${key}\0`).update(value);
    }
    return hash.digest('hex');
  }

  /** Handles of the items of an event, in an array that the next call fills again. */
  #handlesOf(event: Event): readonly number[] {
    const { items } = event;
    const counts = countsForAll(event);
    const handles = this.#handles;
    handles.length = items.length;
    for (let at = 0; at < items.length; at++) {
      const item = items[at]!;
      const handle = item.unlisted || !counts ? -1 : this.dictionary.intern(item.id, this.#maxItems);
      // The string that is held already: what the shopper remembers would otherwise keep a copy per event.
      if (handle >= 0) item.id = this.dictionary.id(handle);
      handles[at] = handle;
    }
    return handles;
  }

  /** Folds the events from `from` up to now for one projection that is behind; resolves to where it is then. */
  async #foldAlone(
    projection: Projection,
    log: EventLog,
    from: number,
    report: FoldProgress = () => {},
  ): Promise<number> {
    const to = this.#offset;
    const slice = slicer(catchUpSliceMs);
    for await (const { first, events } of log.blocks(from, to)) {
      for (let at = 0; at < events.length; at++) {
        const event = events[at]!;
        if (isErased(event)) continue;
        projection.apply(first + at, event, this.#handlesOf(event));
      }
      report(first + events.length, to);
      const pause = slice();
      if (pause) await pause;
    }
    return to;
  }

  /** Throws where the log is shorter than the state, as one from a backup may be, or another one. */
  async requireSameLog(log: EventLog): Promise<void> {
    if (this.#offset === 0) return;
    if (this.#offset > log.head) throw eventsMissing(log.head, this.#offset);
    // An erased event has no id any more: what was before it cannot be told apart.
    for await (const { events } of log.blocks(this.#offset - 1, this.#offset))
      if (events[0] && !isErased(events[0]) && events[0].id !== this.#last)
        throw corruptState('it was made from another log');
  }

  #queue(): Promise<void> {
    this.#writing = this.#writing.catch(() => {}).then(() => this.#write());
    return this.#writing;
  }

  async #write(): Promise<void> {
    const { signal } = this.#stop;
    signal.throwIfAborted();
    if (this.#offset === this.#written && !this.#projections.changed) return;
    // What a checkpoint says is in numbers of the dictionary, so these are on disk before it.
    await this.dictionary.save();
    this.pairs.flush();
    const offset = this.#offset;
    const dictionary = this.dictionary.identity;
    const meta = { offset, last: this.#last, dictionary, settings: this.#settings, stale: this.#stale };
    const hurried = (): boolean => this.#offset - this.#written >= checkpointAtMost || this.shoppers.full;
    const rest = (): number => (this.#waiters > 0 ? 0 : hurried() ? hurriedRestFactor : restFactor);
    await this.#projections.write(meta, this.#waiters > 0, { rest, signal });
    this.#written = offset;
    this.shoppers.evict();
  }
}

const isCounted = (handle: number): boolean => handle >= 0;
