import { randomUUID } from 'node:crypto';
import { Packr } from 'msgpackr';
import type { StateStore } from '../storage/index.js';

const space = 'dictionary';
const identityKey = 'identity';
const packr = new Packr({ useRecords: false });

/**
 * One number an item id, for statistics, models and indexes alike: a handle, from 0 on, in the order the ids came
 * (into the catalogue, or with an event that counts). A handle is never taken back or given twice. It is kept beside
 * the catalogue and not derived, so a replay of the log finds the numbers it had before.
 *
 * New numbers are in memory until `save`; whatever is written with a handle in it is written after.
 */
export class ItemDictionary {
  /** Tells this dictionary from every other: numbers of another one mean other items. */
  readonly identity: string;
  readonly #handles = new Map<string, number>();
  readonly #ids: string[] = [];
  /** Ids on disk. */
  #saved = 0;
  #identitySaved = true;
  #saving: Promise<void> = Promise.resolve();

  constructor(private readonly store: StateStore) {
    const identity = store.get(space, identityKey);
    this.#identitySaved = identity !== undefined;
    this.identity = identity ? Buffer.from(identity).toString() : randomUUID();
    for (const { key, value } of store.entries(space)) {
      if (key === identityKey) continue;
      for (const id of packr.unpack(value) as string[]) this.intern(id);
    }
    this.#saved = this.#ids.length;
  }

  /** Handles given: all are below this. */
  get size(): number {
    return this.#ids.length;
  }

  /** Handle of `id`, −1 when it has none. */
  find(id: string): number {
    return this.#handles.get(id) ?? -1;
  }

  id(handle: number): string {
    return this.#ids[handle]!;
  }

  /** Handle of `id`, given on first call; −1 where there are `limit` handles already. */
  intern(id: string, limit = Number.POSITIVE_INFINITY): number {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    if (this.#ids.length >= limit) return -1;
    const handle = this.#ids.push(id) - 1;
    this.#handles.set(id, handle);
    return handle;
  }

  /** On disk when resolved. */
  save(): Promise<void> {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#save());
    return this.#saving;
  }

  async #save(): Promise<void> {
    const [from, to] = [this.#saved, this.#ids.length];
    if (from === to && this.#identitySaved) return;
    const changes = [];
    if (!this.#identitySaved) changes.push({ space, key: identityKey, value: Buffer.from(this.identity) });
    for (let at = from; at < to; at += idsPerRecord) {
      const ids = this.#ids.slice(at, Math.min(to, at + idsPerRecord));
      changes.push({ space, key: String(at).padStart(12, '0'), value: packr.pack(ids) });
    }
    await this.store.write(changes);
    this.#identitySaved = true;
    this.#saved = to;
  }
}

/** Ids of one record; each save begins another. */
const idsPerRecord = 1_024;
