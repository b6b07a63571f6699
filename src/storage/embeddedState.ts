import { existsSync, renameSync, rmSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { slicer } from '../core/index.js';
import { corrupt, requireRoom, writeFailure } from './check.js';
import { openEnvironment } from './environment.js';
import type { OwnerPlace, Ownership } from './ownership.js';
import type { DerivedStore, DraftStore, StateChange, StateStore, WriteOptions } from './ports.js';
import { seal, sealedLength } from './seal.js';

/** How long a large write holds other work up at a time, ms. */
const sliceMs = 2;
const ownerKey: [string, string] = ['.owner', ''];

type Records = RootDatabase<Uint8Array, [string, string]>;

/** Keys are bounded by LMDB (1,978 bytes); what names them (user and item ids) is bounded at the edge. */
export class EmbeddedState implements StateStore {
  protected root: Records;

  constructor(
    protected dir: string,
    protected readonly remedy: string,
    /** Undefined: to be read only. */
    protected readonly ownership: Ownership | undefined,
  ) {
    this.root = openEnvironment(dir, remedy, !ownership) as never;
    this.claim();
  }

  /** The file it is in. */
  get environment(): RootDatabase {
    return this.root as never;
  }

  get(space: string, key: string): Uint8Array | undefined {
    const sealed = this.root.get([space, key]);
    return sealed && this.#opened(sealed, space, key);
  }

  *entries(space: string): Iterable<{ key: string; value: Uint8Array }> {
    for (const { key, value } of this.root.getRange({ start: [space, ''] })) {
      if (key[0] !== space) return;
      yield { key: key[1], value: this.#opened(value, space, key[1]) };
    }
  }

  /** Every record, whatever its space: throws where one is damaged. */
  *all(): Iterable<{ space: string; key: string; value: Uint8Array }> {
    for (const { key, value } of this.root.getRange({})) {
      const [space, name] = key;
      if (space === ownerKey[0]) continue;
      yield { space, key: name, value: this.#opened(value, space, name) };
    }
  }

  async write(changes: readonly StateChange[], options: WriteOptions = {}): Promise<void> {
    if (changes.length === 0) return;
    try {
      requireRoom(this.dir);
      await this.root.childTransaction(() => this.#apply(changes, options));
    } catch (error) {
      throw await writeFailure(error);
    }
  }

  /** A small record, on disk when this returns. */
  putNow(space: string, key: string, value: Uint8Array): void {
    this.root.transactionSync(() => void this.root.putSync([space, key], seal(value, space + key)));
  }

  close(): Promise<void> {
    return this.root.close();
  }

  protected claim(): void {
    if (this.ownership) this.root.transactionSync(() => this.ownership!.claim(this.#owner));
  }

  get #owner(): OwnerPlace {
    const { root } = this;
    return { get: () => root.get(ownerKey), put: (value) => root.putSync(ownerKey, value) };
  }

  /** In slices where there is much: the transaction stays open meanwhile, and nobody else writes here. */
  async #apply(changes: readonly StateChange[], { rest, signal }: WriteOptions): Promise<void> {
    this.ownership?.require(this.#owner);
    const slice = slicer(sliceMs, rest);
    for (const { space, key, value } of changes) {
      if (value === undefined) this.root.remove([space, key]);
      else this.root.put([space, key], seal(value, space + key));
      const pause = slice();
      if (!pause) continue;
      await pause;
      signal?.throwIfAborted();
    }
  }

  #opened(sealed: Uint8Array, space: string, key: string): Uint8Array {
    try {
      return sealed.subarray(0, sealedLength(sealed, sealed.length, space + key));
    } catch (cause) {
      throw corrupt(`${this.dir}/data.mdb`, `"${key}" of ${space} is damaged`, this.remedy, cause);
    }
  }
}

/**
 * What can be made again, in a folder of its own: a new one is filled in the folder beside it and takes its place by
 * two renames, the last of which finishes at the next opening if the process dies between them. So the one that
 * serves is whole at every moment, and a file that is damaged is never written into.
 */
export class EmbeddedDerived extends EmbeddedState implements DerivedStore {
  #draft: EmbeddedDraft | undefined;

  constructor(dir: string, remedy: string, ownership: Ownership) {
    finishAdoption(dir);
    super(dir, remedy, ownership);
  }

  async beside({ empty = false } = {}): Promise<DraftStore> {
    const dir = nextTo(this.dir);
    const open = (): EmbeddedDraft => new EmbeddedDraft(this, dir, this.remedy, this.ownership!);
    if (empty) {
      await this.#draft?.close();
      this.#draft = undefined;
      rmSync(dir, { recursive: true, force: true });
    }
    try {
      this.#draft ??= open();
    } catch {
      // What an earlier attempt left is damaged.
      rmSync(dir, { recursive: true, force: true });
      this.#draft = open();
    }
    return this.#draft;
  }

  /** Deletes what attempts that were given up left beside: a state half made, and one that was damaged. */
  async forgetAttempts(): Promise<void> {
    if (!this.#draft) rmSync(nextTo(this.dir), { recursive: true, force: true });
    rmSync(damagedOf(this.dir), { recursive: true, force: true });
  }

  /** Puts the folder beside in the place of this one; both are the same store from then on. */
  async replaceBy(draft: EmbeddedDraft): Promise<{ root: Records; dir: string }> {
    await draft.close();
    await this.root.close();
    rmSync(formerOf(this.dir), { recursive: true, force: true });
    renameSync(this.dir, formerOf(this.dir));
    finishAdoption(this.dir);
    this.root = openEnvironment(this.dir, this.remedy) as never;
    this.#draft = undefined;
    return { root: this.root, dir: this.dir };
  }

  override async close(): Promise<void> {
    await this.#draft?.close();
    await super.close();
  }
}

class EmbeddedDraft extends EmbeddedState implements DraftStore {
  constructor(
    private readonly place: EmbeddedDerived,
    dir: string,
    remedy: string,
    ownership: Ownership,
  ) {
    super(dir, remedy, ownership);
  }

  async adopt(): Promise<void> {
    ({ root: this.root, dir: this.dir } = await this.place.replaceBy(this));
  }
}

const nextTo = (dir: string): string => `${dir}.next`;
export const damagedOf = (dir: string): string => `${dir}.damaged`;
const formerOf = (dir: string): string => `${dir}.former`;

/** The former one is there only while the next one, which is whole, takes its place. */
function finishAdoption(dir: string): void {
  if (!existsSync(formerOf(dir))) return;
  if (!existsSync(dir)) renameSync(nextTo(dir), dir);
  rmSync(formerOf(dir), { recursive: true, force: true });
}
