import { existsSync, renameSync, rmSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { slicer } from '../core/index.js';
import { corrupt, writeFailure } from './check.js';
import { openEnvironment, requireWritable } from './environment.js';
import {
  markKey,
  notedSpace,
  packPart,
  partBytes,
  partKey,
  partsAtOnce,
  sizeOf,
  unpackPart,
} from './noted.js';
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
  #writing: Promise<void> = Promise.resolve();
  /** Parts on disk that are still to be put in their places, after a failure. */
  #unplaced = 0;

  constructor(
    protected dir: string,
    protected readonly remedy: string,
    /** Undefined: to be read only. */
    protected readonly ownership: Ownership | undefined,
  ) {
    this.root = openEnvironment(dir, remedy, !ownership) as never;
    this.claim();
  }

  /** Whether no other process has taken it over. */
  get isOwn(): boolean {
    return this.ownership?.holds(this.#owner) === true;
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
      if (space === ownerKey[0] || space === notedSpace) continue;
      yield { space, key: name, value: this.#opened(value, space, name) };
    }
  }

  /** One at a time: a large one is many transactions. */
  write(changes: Iterable<StateChange>, options: WriteOptions = {}): Promise<void> {
    const done = this.#writing.then(() => this.#write(changes, options));
    this.#writing = done.catch(() => {});
    return done;
  }

  /** A small record, on disk when this returns. */
  putNow(space: string, key: string, value: Uint8Array): void {
    this.root.transactionSync(() => void this.root.putSync([space, key], seal(value, space + key)));
  }

  async close(): Promise<void> {
    await this.#writing;
    await this.root.close();
  }

  protected claim(): void {
    if (!this.ownership) return;
    this.root.transactionSync(() => this.ownership!.claim(this.#owner));
    this.#finishWriting();
  }

  get #owner(): OwnerPlace {
    const { root } = this;
    return { get: () => root.get(ownerKey), put: (value) => root.putSync(ownerKey, value) };
  }

  /**
   * What fits into one transaction is written by it. Of more, LMDB would hold every page that changes in memory to the
   * end; so it is noted part by part, marked as whole, and then put in its places part by part, where an opening after a
   * crash goes on. What is not marked leaves nothing.
   */
  async #write(changes: Iterable<StateChange>, { rest, signal }: WriteOptions): Promise<void> {
    let parts = 0;
    try {
      requireWritable(this.root as never, this.dir);
      await this.#place(this.#unplaced);
      const slice = slicer(sliceMs, rest);
      let part: StateChange[] = [];
      let bytes = 0;
      let held: StateChange[][] = [];
      for (const change of changes) {
        part.push(change);
        bytes += sizeOf(change);
        if (bytes >= partBytes) {
          held.push(part);
          part = [];
          bytes = 0;
          if (parts > 0 || held.length === partsAtOnce) {
            for (const each of held) await this.#note(parts++, each);
            held = [];
          }
        }
        const pause = slice();
        if (!pause) continue;
        await pause;
        signal?.throwIfAborted();
      }
      if (parts === 0) {
        held.push(part);
        const all = held.flat();
        if (all.length > 0) await this.#transaction(() => this.#apply(all));
        return;
      }
      await this.#note(parts++, part);
      await this.#transaction(() => void this.#put(markKey, Buffer.from(String(parts))));
      this.#unplaced = parts;
      await this.#place(parts, rest);
    } catch (error) {
      if (this.#unplaced === 0) await this.#forgetParts(parts).catch(() => {});
      throw await writeFailure(error);
    }
  }

  #note(part: number, changes: readonly StateChange[]): Promise<void> {
    return this.#transaction(() => void this.#put(partKey(part), packPart(changes)));
  }

  /** Puts what was noted in its places. */
  async #place(parts: number, rest?: () => number): Promise<void> {
    const slice = slicer(sliceMs, rest);
    for (let part = 0; part < parts; part++) {
      // A part that is there no more was put in its places before.
      const noted = this.get(...partKey(part));
      if (!noted) continue;
      const changes = unpackPart(Uint8Array.from(noted));
      await this.#transaction(async () => {
        await this.#apply(changes);
        this.root.remove(partKey(part));
        if (part === parts - 1) this.root.remove(markKey);
      });
      const pause = slice();
      if (pause) await pause;
    }
    this.#unplaced = 0;
  }

  async #forgetParts(parts: number): Promise<void> {
    for (let part = 0; part < parts; part++)
      await this.#transaction(() => void this.root.remove(partKey(part)));
  }

  async #transaction(work: () => void | Promise<void>): Promise<void> {
    // A child, because only that is undone when the callback throws half-way.
    await this.root.childTransaction(() => {
      this.ownership?.require(this.#owner);
      return work();
    });
  }

  /** In slices: the transaction stays open meanwhile, and nobody else writes here. */
  async #apply(changes: readonly StateChange[]): Promise<void> {
    const slice = slicer(sliceMs);
    for (const { space, key, value } of changes) {
      if (value === undefined) this.root.remove([space, key]);
      else this.#put([space, key], value);
      const pause = slice();
      if (pause) await pause;
    }
  }

  #put(at: [string, string], value: Uint8Array): void {
    this.root.put(at, seal(value, at[0] + at[1]));
  }

  /** What a write before a crash had marked as whole is put in its places; what it had not is forgotten. */
  #finishWriting(): void {
    const mark = this.get(...markKey);
    const { root } = this;
    for (;;) {
      const [next] = root.getRange({ start: [notedSpace, 'part'], end: [notedSpace, 'q'], limit: 1 });
      if (!next) break;
      root.transactionSync(() => {
        if (mark)
          for (const { space, key, value } of unpackPart(Uint8Array.from(this.get(...next.key)!))) {
            if (value === undefined) root.removeSync([space, key]);
            else root.putSync([space, key], seal(value, space + key));
          }
        root.removeSync(next.key);
      });
    }
    if (mark) root.transactionSync(() => void root.removeSync(markKey));
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
      rmSync(dir, { recursive: true });
      this.#draft = open();
    }
    return this.#draft;
  }

  /** Nothing of another process, which has taken the store over meanwhile. */
  async giveUp(): Promise<void> {
    const draft = this.#draft;
    if (!draft?.isOwn) return;
    await draft.close();
    this.#draft = undefined;
    rmSync(nextTo(this.dir), { recursive: true, force: true });
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
