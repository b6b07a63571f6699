import type { Event, Profile } from '../core/index.js';
import type { StateChange } from '../storage/index.js';
import { corruptState, pack, unpack } from './codec.js';
import { DirtyRows } from './dirtyRows.js';

/** A record of a checkpoint. */
export interface StoredRecord {
  key: string;
  value: Uint8Array;
}

/** What the state knows of a shopper, as of the event that is being folded. */
export interface ShopperViews {
  profile(user: string, now: number): Profile;
  /** Units in the cart by item id. */
  cart(user: string): Readonly<Record<string, number>>;
}

/**
 * A fold of the log: what it holds is a function of the events alone, so it can be thrown away and made again. All
 * projections of a shop are at the same offset; a checkpoint writes what changed of each together with its offset,
 * in one transaction. One that the checkpoint has up to an earlier offset is folded on alone from there, and one that
 * it does not know, or knows in another version, from the first event on, before the shop serves.
 */
export interface Projection {
  /** Names its records in the checkpoint; no two of a shop are alike. */
  readonly name: string;
  /** Another number whenever the same events give other records: they are made anew then. */
  readonly version: number;
  /** Which records changed. `touch` comes before a change, so that a checkpoint under way sees what was before. */
  readonly dirty: DirtyRows;
  /** It is in a checkpoint at most once in so long, ms, unless somebody waits for one; 0 where not given. */
  readonly checkpointEveryMs?: number | undefined;
  /** In no checkpoint: folded from the first event on whenever it joins. */
  readonly transient?: boolean;
  /** Called before the first event, with the state it is part of. */
  within?(views: ShopperViews): void;
  /**
   * Folds one event in: in log order, each once, and before the projections that come later in the list. `handles` are
   * the numbers of `event.items` in the item dictionary, one each, −1 where the item counts nowhere; they are good
   * during the call only.
   */
  apply(offset: number, event: Event, handles: readonly number[]): void;
  /** Takes back one record of a checkpoint; the first call comes before the first event. */
  restore(record: StoredRecord): void;
  /** Called when all records were taken back: throws where they are not whole. */
  restored?(): void;
  /** Forgets what it keeps under the names of shoppers; whatever keeps something of one has this. */
  forget?(users: ReadonlySet<string>): void;
}

/** A fold that is packed in one go: a few megabytes at most, and the larger the more seldom. */
export interface WholeFold {
  readonly name: string;
  readonly version?: number;
  readonly checkpointEveryMs?: number;
  within?(views: ShopperViews): void;
  apply(offset: number, event: Event, handles: readonly number[]): void;
  /** What it holds, as plain data: numbers, texts, arrays, maps, bytes. */
  pack(): unknown;
  restore(packed: unknown): void;
  forget?(users: ReadonlySet<string>): void;
}

/** The projection that such a fold is. Whoever changes the fold otherwise than by `apply` calls `dirty.touch(0)` before. */
export function packedWhole(fold: WholeFold): Projection {
  const { name, version = 1, checkpointEveryMs } = fold;
  const parts = new Parts(name);
  const dirty = new DirtyRows(() => parts.of(pack(fold.pack())));
  // It is in its first checkpoint whether or not an event came, so that a record that is missing is one that was lost.
  dirty.touch(0);
  return {
    name,
    version,
    dirty,
    checkpointEveryMs,
    within: (views) => fold.within?.(views),
    apply(offset, event, handles) {
      dirty.touch(0);
      fold.apply(offset, event, handles);
    },
    restore(record) {
      parts.add(record);
    },
    restored() {
      fold.restore(unpack(parts.whole(), `the projection ${name}`));
    },
    forget(users) {
      dirty.touch(0);
      fold.forget?.(users);
    },
  };
}

/** Bytes of a part: the store holds a record whole while it writes it, and all that its reader's one buffer was ever filled with. */
const partBytes = 1 << 18;

/** Bytes as records of a checkpoint: `all` and what did not fit into it. */
class Parts {
  #read: Uint8Array[] = [];
  /** Records that may be on disk. */
  #written = 0;

  constructor(private readonly space: string) {}

  /** What to write in the place of what was there. */
  of(bytes: Uint8Array): StateChange[] {
    const { space } = this;
    const parts = Math.max(1, Math.ceil(bytes.length / partBytes));
    this.#written = Math.max(this.#written, parts);
    return Array.from({ length: this.#written }, (_, part) => ({
      space,
      key: keyOfPart(part),
      value: part < parts ? bytes.subarray(part * partBytes, (part + 1) * partBytes) : undefined,
    }));
  }

  add({ key, value }: StoredRecord): void {
    const part = Number(key.slice('all'.length));
    this.#written = Math.max(this.#written, part + 1);
    if (part !== this.#read.length) throw corruptState(`a part of ${this.space} is missing`);
    this.#read.push(Uint8Array.from(value));
  }

  /** What was added, which is forgotten. */
  whole(): Uint8Array {
    if (this.#read.length === 0) throw corruptState(`${this.space} is missing`);
    const bytes = Buffer.concat(this.#read);
    this.#read = [];
    return bytes;
  }
}

/** In order; of what fits into one record, as nearly all does, the key is `all`. */
const keyOfPart = (part: number): string => (part === 0 ? 'all' : `all ${String(part).padStart(6, '0')}`);

/** A fold that nothing is kept of. */
export function inMemory(fold: Pick<WholeFold, 'name' | 'apply'>): Projection {
  const nothing = new DirtyRows(() => {
    throw new Error(`${fold.name} is in no checkpoint`);
  });
  return {
    name: fold.name,
    version: 1,
    transient: true,
    dirty: nothing,
    apply: (offset, event, handles) => fold.apply(offset, event, handles),
    restore: () => {},
  };
}
