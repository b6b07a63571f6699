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

export interface WriteOptions {
  /** How many times as long as it works a long write lets others work. */
  rest?: (() => number) | undefined;
  /** Ends a long write, which leaves nothing then. */
  signal?: AbortSignal | undefined;
}

/** Records by space and key. */
export interface StateStore {
  get(space: string, key: string): Uint8Array | undefined;
  entries(space: string): Iterable<{ key: string; value: Uint8Array }>;
  /** All changes or none, on disk when resolved. */
  write(changes: Iterable<StateChange>, options?: WriteOptions): Promise<void>;
}

/** What is derived from the log, and can be made anew without touching what is there. */
export interface DerivedStore extends StateStore {
  /** Another one to be filled: as far as an earlier attempt came, or empty. */
  beside(options?: { empty?: boolean }): Promise<DraftStore>;
  /** Deletes the one that was to be filled, which failed. */
  giveUp(): Promise<void>;
}

export interface DraftStore extends StateStore {
  /** Takes the place of what it stands beside, at once: both are the same then. */
  adopt(): Promise<void>;
}

/** Whole files: models, reports. `put` replaces atomically, so a small object serves as a pointer. */
export interface ObjectStore {
  put(key: string, bytes: Uint8Array): Promise<void>;
  get(key: string): Promise<Uint8Array | undefined>;
  list(prefix: string): Promise<string[]>;
  delete(key: string): Promise<void>;
}

export interface VerifyOptions {
  /** Told of each place that is damaged. */
  found(what: string): void;
  /** Told now and then how many events were read. */
  report?(done: number): void;
  signal?: AbortSignal;
}

export interface Store {
  readonly log: EventLog;
  /** Derived from the log: `endcap replay` rebuilds it. */
  readonly state: DerivedStore;
  /** Not derived: catalogue, keys. */
  readonly facts: StateStore;
  readonly objects: ObjectStore;
  /** Reads the whole log, and says what is damaged. Gives way to whatever else is to be done. */
  verify(options: VerifyOptions): Promise<void>;
  /**
   * Leaves no bytes of what was deleted or replaced. False where a reader of what was before kept it from that: to be
   * tried again.
   */
  scrub(): Promise<boolean>;
  close(): Promise<void>;
}
