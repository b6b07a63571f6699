import { createHash } from 'node:crypto';
import type { Database, RootDatabase } from 'lmdb';
import { Packr } from 'msgpackr';
import type { EndcapError, Event } from '../core/index.js';
import { corrupt, requireRoom, writeFailure } from './check.js';
import type { Appended, EventLog, LoggedEvent } from './ports.js';
import { seal, sealedLength } from './seal.js';

interface Waiting {
  events: readonly Event[];
  resolve: (appended: Appended[]) => void;
  reject: (error: unknown) => void;
}

const packr = new Packr({ useRecords: false });
/** Sealed, and read in the database's own buffer, which spares a copy per event. */
const encoder = {
  encode: (event: Event): Buffer => seal(packr.pack(event)),
  decode: (bytes: Buffer, size: number): Event => packr.unpack(bytes, sealedLength(bytes, size) as never),
};
const remedy = 'Restore the folder log/ from a backup, then run `endcap replay`';
/** Events in one commit at most: bounds memory and how long a commit holds the others up. */
const commitSize = 10_000;

/**
 * The log in LMDB: offset → event, and id → offset for idempotency. Appends that arrive while a commit is
 * being flushed wait together and share the next one (group commit).
 */
export class EmbeddedLog implements EventLog {
  readonly #events: Database<Event, number>;
  readonly #ids: Database<Uint8Array, Uint8Array>;
  #waiting: Waiting[] = [];
  #running: Promise<void> | undefined;
  #head: number;

  constructor(
    private readonly root: RootDatabase,
    private readonly dir: string,
  ) {
    this.#events = root.openDB({ name: 'events', encoder, keyEncoding: 'uint32' } as never);
    this.#ids = root.openDB({ name: 'ids', encoding: 'binary', keyEncoding: 'binary' });
    const [last] = this.#events.getKeys({ reverse: true, limit: 1 });
    this.#head = last === undefined ? 0 : last + 1;
  }

  get head(): number {
    return this.#head;
  }

  append(events: readonly Event[]): Promise<Appended[]> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ events, resolve, reject });
      this.#running ??= this.#drain().finally(() => {
        this.#running = undefined;
      });
    });
  }

  *read(from = 0, until = this.#head): Iterable<LoggedEvent> {
    const to = Math.min(until, this.#head);
    if (from >= to) return;
    let offset = from;
    try {
      for (const { key, value } of this.#events.getRange({ start: from, end: to, snapshot: false })) {
        if (key !== offset) break;
        yield { offset, event: value };
        offset++;
      }
    } catch (cause) {
      throw this.#damaged(`event ${offset} cannot be read`, cause);
    }
    if (offset < to) throw this.#damaged(`event ${offset} is not there`);
  }

  /** Waits for appends under way. */
  async settle(): Promise<void> {
    await this.#running;
  }

  #damaged(what: string, cause?: unknown): EndcapError {
    return corrupt(`${this.dir}/data.mdb`, what, remedy, cause);
  }

  async #drain(): Promise<void> {
    while (this.#waiting.length > 0) {
      let size = 0;
      let calls = 0;
      while (calls < this.#waiting.length && (calls === 0 || size < commitSize)) {
        size += this.#waiting[calls++]!.events.length;
      }
      await this.#commit(this.#waiting.splice(0, calls));
    }
  }

  async #commit(group: Waiting[]): Promise<void> {
    let next = this.#head;
    try {
      requireRoom(this.dir);
      // A child, because only that is undone when the callback throws half-way.
      const results = await this.root.childTransaction(() => {
        next = this.#head;
        return group.map(({ events }) => events.map((event) => this.#put(event, () => next++)));
      });
      this.#head = next;
      group.forEach(({ resolve }, call) => {
        resolve(results[call]!);
      });
    } catch (error) {
      const reason = await writeFailure(error);
      for (const { reject } of group) reject(reason);
    }
  }

  #put(event: Event, take: () => number): Appended {
    const key = idKey(event.id);
    const known = this.#ids.get(key);
    if (known) return { offset: Buffer.from(known).readUInt32LE(), duplicate: true };
    const offset = take();
    const value = Buffer.allocUnsafe(4);
    value.writeUInt32LE(offset);
    this.#ids.put(key, value);
    this.#events.put(offset, event);
    return { offset, duplicate: false };
  }
}

/** 16 bytes whatever the length or alphabet of the id: LMDB keys are bounded. */
function idKey(id: string): Uint8Array {
  return createHash('sha256').update(id).digest().subarray(0, 16);
}

export { remedy as logRemedy };
