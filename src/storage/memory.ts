import { type Event, erasedEvent, slicer } from '../core/index.js';
import { packEvents, unpackEvents } from './eventCodec.js';
import { eventsOf } from './eventsOf.js';
import { plainPath } from './files.js';
import type {
  Appended,
  DerivedStore,
  DraftStore,
  EventBlock,
  EventLog,
  LoggedEvent,
  ObjectStore,
  StateChange,
  StateStore,
  Store,
  WriteOptions,
} from './ports.js';

/** How long a large write holds other work up at a time, ms. */
const sliceMs = 2;

/** A store that is gone with the process: for tests, and for trying things out. */
export function memoryStore(): Store {
  return {
    log: new MemoryLog(),
    state: new MemoryDerived(),
    facts: new MemoryState(),
    objects: new MemoryObjects(),
    verify: async () => {},
    scrub: async () => true,
    close: async () => {},
  };
}

/** Events as bytes, so that nobody shares an object with the log. */
class MemoryLog implements EventLog {
  readonly #events: Uint8Array[] = [];
  readonly #offsets = new Map<string, number>();

  get head(): number {
    return this.#events.length;
  }

  async append(events: readonly Event[]): Promise<Appended[]> {
    // All are packed first: one that cannot be leaves nothing.
    const packed = events.map((event) => packEvents([event]));
    return events.map((event, at) => {
      const id = idOf(event);
      const known = this.#offsets.get(id);
      if (known !== undefined) return { offset: known, duplicate: true };
      const offset = this.#events.push(packed[at]!) - 1;
      this.#offsets.set(id, offset);
      return { offset, duplicate: false };
    });
  }

  async rewrite(offsets: readonly number[], change: (event: Event) => Event | undefined): Promise<void> {
    for (const offset of offsets) {
      const [event] = unpackEvents(this.#events[offset]!);
      const changed = change(event!);
      if (!changed && this.#offsets.get(idOf(event!)) === offset) this.#offsets.delete(idOf(event!));
      this.#events[offset] = packEvents([changed ?? erasedEvent()]);
    }
  }

  read(from?: number, to?: number): AsyncIterable<LoggedEvent> {
    return eventsOf(this.blocks(from, to));
  }

  async *blocks(from = 0, to = this.head): AsyncIterable<EventBlock> {
    for (let first = from; first < Math.min(to, this.head); first++)
      yield { first, events: unpackEvents(this.#events[first]!) };
  }
}

const idOf = ({ id, user, key = '' }: Event): string => `${id}\0${user}\0${key}`;

class MemoryState implements StateStore {
  readonly #namespaces = new Map<string, Map<string, Uint8Array>>();

  get(space: string, key: string): Uint8Array | undefined {
    return this.#namespaces.get(space)?.get(key);
  }

  *entries(space: string): Iterable<{ key: string; value: Uint8Array }> {
    const found = [...(this.#namespaces.get(space) ?? [])];
    for (const [key, value] of found.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
      yield { key, value };
  }

  async write(changes: Iterable<StateChange>, { rest, signal }: WriteOptions = {}): Promise<void> {
    // Those that come one by one may fail half-way.
    const whole: StateChange[] = [];
    const slice = slicer(sliceMs, rest);
    for (const change of changes) {
      whole.push(change);
      const pause = slice();
      if (pause) await pause;
      signal?.throwIfAborted();
    }
    for (const { space, key, value } of whole) {
      if (!this.#namespaces.has(space)) this.#namespaces.set(space, new Map());
      if (value === undefined) this.#namespaces.get(space)!.delete(key);
      else this.#namespaces.get(space)!.set(key, Uint8Array.from(value));
    }
  }
}

class MemoryDerived implements DerivedStore {
  #records = new MemoryState();
  #draft: MemoryState | undefined;

  get = (space: string, key: string): Uint8Array | undefined => this.#records.get(space, key);
  entries = (space: string): Iterable<{ key: string; value: Uint8Array }> => this.#records.entries(space);
  write = (changes: Iterable<StateChange>, options?: WriteOptions): Promise<void> =>
    this.#records.write(changes, options);

  async giveUp(): Promise<void> {
    this.#draft = undefined;
  }

  async beside({ empty = false } = {}): Promise<DraftStore> {
    if (empty) this.#draft = undefined;
    this.#draft ??= new MemoryState();
    const draft = this.#draft;
    return {
      get: (space, key) => draft.get(space, key),
      entries: (space) => draft.entries(space),
      write: (changes, options) => draft.write(changes, options),
      adopt: async () => {
        this.#records = draft;
        this.#draft = undefined;
      },
    };
  }
}

class MemoryObjects implements ObjectStore {
  readonly #objects = new Map<string, Uint8Array>();

  async put(key: string, bytes: Uint8Array): Promise<void> {
    this.#objects.set(plainPath(key), Uint8Array.from(bytes));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.#objects.get(plainPath(key));
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.#objects.keys()].filter((key) => key.startsWith(prefix)).sort();
  }

  async delete(key: string): Promise<void> {
    this.#objects.delete(plainPath(key));
  }
}
