import { randomUUID } from 'node:crypto';
import type { Database, RootDatabase } from 'lmdb';
import { EndcapError, type Event, erasedEvent, slicer } from '../core/index.js';
import { corrupt, writeFailure } from './check.js';
import { openEnvironment, requireWritable } from './environment.js';
import { packEvents, unpackEvents } from './eventCodec.js';
import { type IdOffsets, idEncoder, offsetEncoder, scopedMark } from './eventIds.js';
import { eventsOf } from './eventsOf.js';
import { earlierEvents, isEarlier } from './migration.js';
import type { OwnerPlace, Ownership } from './ownership.js';
import type { Appended, EventBlock, EventLog, LoggedEvent, VerifyOptions } from './ports.js';
import { seal, sealedLength } from './seal.js';

interface Waiting {
  events: readonly Event[];
  resolve: (appended: Appended[]) => void;
  reject: (error: unknown) => void;
}

/** Sealed, and read in the database's own buffer, which spares a copy. */
const encoder = {
  encode: (events: readonly Event[]): Buffer => seal(packEvents(events)),
  decode: (bytes: Buffer, size: number): Event[] => unpackEvents(bytes, sealedLength(bytes, size)),
};
const remedy = 'Restore the folder log/ from a backup';
const outdated = (): EndcapError =>
  new EndcapError('store_outdated', 'An earlier version of Endcap wrote this log', {
    remedy: 'Open the shop once to bring it up to date: endcap replay',
  });
/** Events in one commit at most: bounds memory and how long a commit holds the others up. */
const commitSize = 10_000;

/** How long at a time all events are checked, ms, and how many times as long others have their turn. */
const verifySliceMs = 2;
const verifyRest = 9;
const sampledBlocks = 32;

/** Blocks rewritten in one transaction: requests are answered in between. */
const blocksRewritten = 8;

/** Values read at a time. */
const blocksAtOnce = 16;

/** Events in one value at most: enough that what each value costs does not count, and little to lose with one. */
const blockSize = 256;

/**
 * The log in LMDB: offset of the first → events of one commit, in blocks, and id → offset for idempotency. Appends that
 * arrive until a commit begins share it, and those that arrive while it is flushed the next one (group commit).
 */
export class EmbeddedLog implements EventLog {
  readonly #blocks: Database<readonly Event[], number>;
  readonly #offsets: IdOffsets;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  readonly #meta: Database<Uint8Array, string>;
  readonly #root: RootDatabase;
  /** Key of the last block and how many events it has: a block never changes. */
  #last = { key: -1, size: 0 };
  #head: number;
  /** Whether ids may be there that are of no shopper and key: a version before this one kept them so. */
  readonly #bareIds: boolean;

  /** Without an owner it is read only. */
  constructor(
    private readonly dir: string,
    private readonly ownership: Ownership | undefined,
  ) {
    const root = openEnvironment(dir, remedy, !ownership);
    this.#root = root;
    const earlier = isEarlier(root);
    if (earlier && !ownership) {
      void root.close();
      throw outdated();
    }
    this.#blocks = root.openDB({ name: 'blocks', encoder, keyEncoding: 'uint32' } as never);
    const offsets = { name: 'offsets', encoder: offsetEncoder, keyEncoder: idEncoder };
    this.#offsets = root.openDB(offsets as never) as never;
    this.#meta = root.openDB({ name: 'meta', encoding: 'binary' });
    if (ownership) root.transactionSync(() => this.#claim(ownership, earlier));
    this.#head = this.#end();
    this.#bareIds = this.#head > 0 && this.#offsets.get(scopedMark) === undefined;
  }

  /** The file it is in. */
  get environment(): RootDatabase {
    return this.#root;
  }

  /** Tells this log from every other. */
  get identity(): string {
    return Buffer.from(this.#meta.get('identity')!).toString();
  }

  /** Whether the facts of this log were there once. */
  get hasFacts(): boolean {
    return this.#meta.get('facts') !== undefined;
  }

  noteFacts(): void {
    this.#meta.putSync('facts', Buffer.of(1));
  }

  get head(): number {
    return this.#head;
  }

  append(events: readonly Event[]): Promise<Appended[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  read(from?: number, to?: number): AsyncIterable<LoggedEvent> {
    return eventsOf(this.blocks(from, to));
  }

  async *blocks(from = 0, until = this.#head): AsyncIterable<EventBlock> {
    const to = Math.min(until, this.#head);
    for (let offset = from; offset < to; ) {
      // A few at a time, so that no transaction is open while the caller works.
      for (const block of this.#someBlocks(offset, to)) {
        yield block;
        offset = block.first + block.events.length;
      }
    }
  }

  #someBlocks(from: number, to: number): EventBlock[] {
    const blocks: EventBlock[] = [];
    let offset = from;
    try {
      const [start] = this.#blocks.getKeys({ start: keyOf(from), reverse: true, limit: 1 });
      const range = { start, end: keyOf(to), limit: blocksAtOnce };
      for (const { key, value } of this.#blocks.getRange(range)) {
        const skipped = offset - offsetOf(key);
        if (skipped < 0 || skipped >= value.length) break;
        const events = value.slice(skipped, skipped + to - offset);
        blocks.push({ first: offset, events });
        offset += events.length;
      }
    } catch (cause) {
      throw this.#damaged(`event ${offset} cannot be read`, cause);
    }
    if (blocks.length === 0) throw this.#damaged(`event ${from} is not there`);
    return blocks;
  }

  /** Reads some blocks at once, chosen at random, then every one, in slices with long rests. */
  async verify({ found, report = () => {}, signal }: VerifyOptions): Promise<void> {
    const keys = [...this.#blocks.getKeys()];
    const damaged = new Set<number>();
    const check = (key: number): number =>
      this.#verifyBlock(key, (what) => {
        if (!damaged.has(key)) found(what);
        damaged.add(key);
      });
    for (let n = 0; n < sampledBlocks && keys.length > 0; n++)
      check(keys[Math.floor(Math.random() * keys.length)]!);
    const slice = slicer(verifySliceMs, () => verifyRest);
    let next = 0;
    for (const key of keys) {
      const first = offsetOf(key);
      if (first !== next) found(`events ${next} to ${first - 1} are not there`);
      next = first + check(key);
      report(next);
      const pause = slice();
      if (!pause) continue;
      await pause;
      if (signal?.aborted) return;
    }
  }

  async rewrite(offsets: readonly number[], change: (event: Event) => Event | undefined): Promise<void> {
    const inOrder = [...new Set(offsets)].sort((a, b) => a - b);
    try {
      for (let next = 0; next < inOrder.length; )
        next = await this.#root.childTransaction(() => this.#rewriteSome(inOrder, next, change));
    } catch (error) {
      throw await writeFailure(error);
    }
  }

  /** Waits for appends under way. */
  async close(): Promise<void> {
    await this.#running;
    await this.#root.close();
  }

  #verifyBlock(key: number, found: (what: string) => void): number {
    try {
      return this.#blocks.get(key)!.length;
    } catch {
      const [next] = this.#blocks.getKeys({ start: key + 1, limit: 1 });
      const end = next === undefined ? this.#head : offsetOf(next);
      found(`events ${offsetOf(key)} to ${end - 1} cannot be read`);
      return end - offsetOf(key);
    }
  }

  #claim(ownership: Ownership, earlier: boolean): void {
    ownership.claim(this.#owner);
    if (!this.#meta.get('identity')) this.#meta.putSync('identity', Buffer.from(randomUUID()));
    if (!earlier) return;
    const fresh: Event[] = [];
    for (const event of earlierEvents(this.#root)) this.#place(event, 0, fresh);
    this.#store(fresh, 0);
  }

  get #owner(): OwnerPlace {
    const meta = this.#meta;
    return { get: () => meta.get('owner'), put: (value) => meta.putSync('owner', value) };
  }

  #damaged(what: string, cause?: unknown): EndcapError {
    return corrupt(`${this.dir}/data.mdb`, what, remedy, cause);
  }

  async #drain(): Promise<void> {
    try {
      while (this.#waiting.length > 0) await this.#commit();
    } finally {
      // In the same turn as the last look at what waits: an append in between would wait for nobody.
      this.#running = undefined;
    }
  }

  #nextGroup(): Waiting[] {
    let size = 0;
    let calls = 0;
    while (calls < this.#waiting.length && (calls === 0 || size < commitSize)) {
      size += this.#waiting[calls++]!.events.length;
    }
    return this.#waiting.splice(0, calls);
  }

  async #commit(): Promise<void> {
    let group: Waiting[] = [];
    let next = this.#head;
    try {
      requireWritable(this.#root, this.dir);
      // A child, because only that is undone when the callback throws half-way.
      const results = await this.#root.childTransaction(() => {
        this.ownership!.require(this.#owner);
        // Read here, not remembered: what is on disk says where the log ends.
        const head = this.#end();
        const fresh: Event[] = [];
        // Chosen here, and not where the transaction is asked for: what came until it began goes with it.
        group = this.#nextGroup();
        const placed = group.map(({ events }) => events.map((event) => this.#place(event, head, fresh)));
        this.#store(fresh, head);
        next = head + fresh.length;
        return placed;
      });
      this.#head = next;
      group.forEach(({ resolve }, call) => {
        resolve(results[call]!);
      });
    } catch (error) {
      // Where no transaction began, all that wait for it are told.
      if (group.length === 0) group = this.#nextGroup();
      const reason = await writeFailure(error);
      for (const { reject } of group) reject(reason);
    }
  }

  /** Where the event is already, or its place at the end of `fresh`. */
  #place(event: Event, head: number, fresh: Event[]): Appended {
    const known = this.#offsets.get(event) ?? this.#bareId(event);
    if (known !== undefined) return { offset: known, duplicate: true };
    const offset = head + fresh.push(event) - 1;
    if (offset === 0) this.#offsets.put(scopedMark, 1);
    this.#offsets.put(event, offset);
    return { offset, duplicate: false };
  }

  /** Puts new events at the end, in blocks. A block that is there is never written over. */
  #store(fresh: readonly Event[], head: number): void {
    for (let at = 0; at < fresh.length; at += blockSize) {
      const key = keyOf(head + at);
      if (this.#blocks.doesExist(key)) throw this.#damaged(`event ${head + at} is there already`);
      const block = fresh.slice(at, at + blockSize);
      this.#blocks.put(key, block);
      // If it comes to be on disk, it is the last one, and need not be read to know how many it has.
      this.#last = { key, size: block.length };
    }
  }

  /** Where an earlier version kept the event's id, if it was the same shopper's. */
  #bareId(event: Event): number | undefined {
    if (!this.#bareIds || event.key !== undefined) return undefined;
    const known = this.#offsets.get(event.id);
    if (known === undefined) return undefined;
    const { key, at, events } = this.#blockOf(known);
    return key !== undefined && events[at]?.user === event.user ? known : undefined;
  }

  /** The block that holds the event at `offset`, and its place in it. */
  #blockOf(offset: number): { key: number | undefined; at: number; events: readonly Event[] } {
    const [key] = this.#blocks.getKeys({ start: keyOf(offset), reverse: true, limit: 1 });
    const events = key === undefined ? [] : this.#blocks.get(key)!;
    return { key, at: key === undefined ? -1 : offset - offsetOf(key), events };
  }

  /** Rewrites the blocks of some offsets, in order, from place `next` on; returns the place to go on from. */
  #rewriteSome(
    offsets: readonly number[],
    next: number,
    change: (event: Event) => Event | undefined,
  ): number {
    this.ownership!.require(this.#owner);
    let place = next;
    for (let blocks = 0; blocks < blocksRewritten && place < offsets.length; blocks++) {
      const first = offsets[place]!;
      const { key, at, events } = this.#blockOf(first);
      if (key === undefined || at >= events.length) throw this.#damaged(`event ${first} is not there`);
      const changed = [...events];
      for (; place < offsets.length && offsets[place]! - first + at < events.length; place++) {
        const within = offsets[place]! - first + at;
        changed[within] = this.#changed(events[within]!, offsets[place]!, change);
      }
      this.#blocks.put(key, changed);
    }
    return place;
  }

  #changed(event: Event, offset: number, change: (event: Event) => Event | undefined): Event {
    const changed = change(event);
    if (changed) return changed;
    for (const key of [event, event.id]) if (this.#offsets.get(key) === offset) this.#offsets.remove(key);
    return erasedEvent();
  }

  #end(): number {
    try {
      const [key] = this.#blocks.getKeys({ reverse: true, limit: 1 });
      if (key === undefined) return 0;
      if (this.#last.key !== key) this.#last = { key, size: this.#blocks.get(key)!.length };
      return offsetOf(key) + this.#last.size;
    } catch (cause) {
      throw this.#damaged('its last events cannot be read', cause);
    }
  }
}

/** Key of the block that begins at `offset`: not 0, which LMDB's JavaScript leaves out where it reads backwards. */
const keyOf = (offset: number): number => offset + 1;
const offsetOf = (key: number): number => key - 1;

export { remedy as logRemedy };
