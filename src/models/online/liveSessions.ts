import { keepLatest } from '../../core/index.js';
import { ensureCapacity } from '../../math/index.js';
import { mostShoppers, type StreamStep } from './admission.js';

/** Events held; with the first event of a session the whole session leaves. */
export const mostLiveEvents = 1 << 19;
/** Events after which a session counts as another one. */
const longestSession = 200;
const none = -1;
/** Of an event whose item its session held before: no holder is added. */
const repeated = -2;

interface Open {
  session: number;
  time: number;
}

/**
 * Sessions that grow as events happen, with the sessions that hold an item found from the newest back: O(1) an event, in
 * a ring of bounded size. Events go by running numbers; a session is the number of its first event.
 */
export class LiveSessions {
  /** Sessions of two events or more: of one there is nothing to say. */
  count = 0;
  #next = 0;
  /** By place in the ring: the event's row, the one before it in its session, its session, the holder before it. */
  #row = new Uint32Array(1024);
  #before = new Float64Array(1024);
  #session = new Float64Array(1024);
  #older = new Float64Array(1024);
  /** By place of a session's first event. */
  #tail = new Float64Array(1024);
  #length = new Uint32Array(1024);
  /** By row: the newest event that made its session a holder (+1; 0: none), and how many there are. */
  #newest = new Float64Array(256);
  #holders = new Uint32Array(256);
  /** By shopper, the one seen longest ago first. */
  readonly #open = new Map<string, Open>();

  constructor(
    /** Pause that ends a session, ms. */
    private readonly gapMs: number,
    private readonly most = mostLiveEvents,
  ) {}

  /** Places of sessions are below this. */
  get places(): number {
    return Math.min(this.most, this.#next);
  }

  append({ user, time }: Pick<StreamStep, 'user' | 'time'>, row: number): void {
    const at = this.#next % this.most;
    if (this.#next >= this.most) this.#leave(at);
    this.#reserve(at, row);
    const session = this.#sessionOf(user, time);
    const own = session % this.most;
    const isNew = session === this.#next;
    const held = !isNew && this.#holds(session, row);
    this.#row[at] = row;
    this.#session[at] = session;
    this.#before[at] = isNew ? none : this.#tail[own]!;
    this.#older[at] = held ? repeated : this.#newest[row]! - 1;
    this.#tail[own] = this.#next;
    this.#length[own] = isNew ? 1 : this.#length[own]! + 1;
    if (this.#length[own] === 2) this.count++;
    if (!held) {
      this.#newest[row] = this.#next + 1;
      this.#holders[row]!++;
    }
    this.#next++;
  }

  /** A shopper signed in: their session goes on, whichever of the two is the later. */
  identify(anonymous: string, user: string): void {
    const from = this.#open.get(anonymous);
    if (!from) return;
    this.#open.delete(anonymous);
    const own = this.#open.get(user);
    if (!own || own.time < from.time) this.#keep(user, from);
  }

  /** How many sessions hold the row. */
  holders(row: number): number {
    return this.#holders[row] ?? 0;
  }

  /** The newest event that made a session a holder of the row; −1: none. Go on with `older`. */
  newest(row: number): number {
    return this.#valid((this.#newest[row] ?? 0) - 1);
  }

  older(event: number): number {
    return this.#valid(this.#older[event % this.most]!);
  }

  /** Where the session of an event is, below `places`; −1 where its beginning has left or it is of one event. */
  placeOf(event: number): number {
    const session = this.#session[event % this.most]!;
    const place = session % this.most;
    return this.#valid(session) < 0 || this.#length[place]! < 2 ? none : place;
  }

  /** Place of the session that the shopper is in, −1 where there is none. */
  placeOfShopper(user: string): number {
    const open = this.#open.get(user);
    return open && this.#valid(open.session) >= 0 ? open.session % this.most : none;
  }

  length(place: number): number {
    return this.#length[place]!;
  }

  /** Rows of the session, newest first, into `out`; returns how many. */
  rows(place: number, out: Uint32Array): number {
    let count = 0;
    for (let event = this.#tail[place]!; event >= 0; event = this.#before[event % this.most]!)
      out[count++] = this.#row[event % this.most]!;
    return count;
  }

  /** The longest list that `rows` fills. */
  get longest(): number {
    return longestSession;
  }

  #valid(event: number): number {
    return event >= 0 && event >= this.#next - this.most ? event : none;
  }

  #sessionOf(user: string, time: number): number {
    const open = this.#open.get(user);
    const goesOn =
      open &&
      this.#valid(open.session) >= 0 &&
      // Its place is about to be taken.
      open.session !== this.#next - this.most &&
      Math.abs(time - open.time) <= this.gapMs &&
      this.#length[open.session % this.most]! < longestSession;
    const session = goesOn ? open.session : this.#next;
    this.#keep(user, { session, time: goesOn ? Math.max(time, open.time) : time });
    return session;
  }

  #keep(user: string, open: Open): void {
    this.#open.delete(user);
    this.#open.set(user, open);
    keepLatest(this.#open, mostShoppers);
  }

  #holds(session: number, row: number): boolean {
    for (let event = this.#tail[session % this.most]!; event >= 0; event = this.#before[event % this.most]!)
      if (this.#row[event % this.most] === row) return true;
    return false;
  }

  /** The oldest event gives up its place. */
  #leave(at: number): void {
    const event = this.#next - this.most;
    if (this.#older[at] !== repeated) this.#holders[this.#row[at]!]!--;
    if (this.#session[at] === event && this.#length[at]! >= 2) this.count--;
  }

  #reserve(at: number, row: number): void {
    this.#row = ensureCapacity(this.#row, at);
    this.#before = ensureCapacity(this.#before, at);
    this.#session = ensureCapacity(this.#session, at);
    this.#older = ensureCapacity(this.#older, at);
    this.#tail = ensureCapacity(this.#tail, at);
    this.#length = ensureCapacity(this.#length, at);
    this.#newest = ensureCapacity(this.#newest, row);
    this.#holders = ensureCapacity(this.#holders, row);
  }
}
