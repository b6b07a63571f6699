import type { Event } from '../core/index.js';

/** Where an event landed. A duplicate keeps the offset of its first arrival and is not stored again. */
export interface Appended {
  offset: number;
  duplicate: boolean;
}

export interface LoggedEvent {
  offset: number;
  event: Event;
}

/** Events that follow each other; `first` is the offset of the first of them. */
export interface EventBlock {
  first: number;
  events: readonly Event[];
}

/** The durable log: the only source of truth. */
export interface EventLog {
  /**
   * Resolves when every event is on disk, in the order given. Concurrent calls share one commit. An event whose id was
   * there before, of the same shopper and by the same key, is a duplicate.
   */
  append(events: readonly Event[]): Promise<Appended[]>;
  /** Events of [from, to) in log order; `to` is the head when not given. */
  read(from?: number, to?: number): AsyncIterable<LoggedEvent>;
  /** The same in runs as they are kept, for folds of the whole log. The events are the caller's. */
  blocks(from?: number, to?: number): AsyncIterable<EventBlock>;
  /**
   * Changes events in their places, `undefined` making an empty place of one, whose id is forgotten. On disk when
   * resolved. Nothing but erasing is to use this.
   */
  rewrite(offsets: readonly number[], change: (event: Event) => Event | undefined): Promise<void>;
  /** Offset the next new event will get. */
  readonly head: number;
}

/** One change of derived state; `value` undefined deletes. */
export interface StateChange {
  space: string;
  key: string;
  value: Uint8Array | undefined;
}

/** Derived state by space and key. It may be wiped at any time and rebuilt from the log. */
export interface StateStore {
  get(space: string, key: string): Uint8Array | undefined;
  entries(space: string): Iterable<{ key: string; value: Uint8Array }>;
  /** All changes or none, on disk when resolved. `rest` is how many times as long as it works it lets others work. */
  write(changes: readonly StateChange[], rest?: () => number): Promise<void>;
  /** Forgets everything, at once: a crash leaves all or nothing. */
  wipe(): Promise<void>;
}

/** Whole files: models, reports. `put` replaces atomically, so a small object serves as a pointer. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  list(prefix: string): Promise<string[]>;
  delete(key: string): Promise<void>;
}

export interface Store {
  readonly log: EventLog;
  /** Derived from the log: `endcap replay` rebuilds it. */
  readonly state: StateStore;
  /** Not derived: catalogue, keys. */
  readonly facts: StateStore;
  readonly objects: ObjectStore;
  /**
   * Leaves no bytes of what was deleted or replaced. False where a reader of what was before kept it from that: to be
   * tried again.
   */
  scrub(): Promise<boolean>;
  close(): Promise<void>;
}
