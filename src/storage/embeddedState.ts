import type { RootDatabase } from 'lmdb';
import { slicer } from '../core/index.js';
import { corrupt, requireRoom, writeFailure } from './check.js';
import type { StateChange, StateStore } from './ports.js';
import { seal, sealedLength } from './seal.js';

/** How long a large write holds other work up at a time, ms. */
const patience = 2;

/** Keys are bounded by LMDB (1,978 bytes); what names them (user and item ids) is bounded at the edge. */
export class EmbeddedState implements StateStore {
  constructor(
    private readonly root: RootDatabase<Uint8Array, [string, string]>,
    private readonly dir: string,
    private readonly remedy: string,
  ) {}

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

  async write(changes: readonly StateChange[], rest?: () => number): Promise<void> {
    if (changes.length === 0) return;
    try {
      requireRoom(this.dir);
      await this.root.childTransaction(() => this.#apply(changes, rest));
    } catch (error) {
      throw await writeFailure(error);
    }
  }

  async wipe(): Promise<void> {
    await this.root.clearAsync();
  }

  /** In slices where there is much: the transaction stays open meanwhile, and nobody else writes here. */
  async #apply(changes: readonly StateChange[], rest?: () => number): Promise<void> {
    const slice = slicer(patience, rest);
    for (const { space, key, value } of changes) {
      if (value === undefined) this.root.remove([space, key]);
      else this.root.put([space, key], seal(value, space + key));
      const pause = slice();
      if (pause) await pause;
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
