import type { RootDatabase } from 'lmdb';
import { requireRoom, writeFailure } from './check.js';
import type { StateChange, StateStore } from './ports.js';

/** Keys are bounded by LMDB (1,978 bytes); what names them (user and item ids) is bounded at the edge. */
export class EmbeddedState implements StateStore {
  constructor(
    private readonly root: RootDatabase<Uint8Array, [string, string]>,
    private readonly dir: string,
  ) {}

  get(space: string, key: string): Uint8Array | undefined {
    return this.root.get([space, key]);
  }

  *entries(space: string): Iterable<{ key: string; value: Uint8Array }> {
    for (const { key, value } of this.root.getRange({ start: [space, ''] })) {
      if (key[0] !== space) return;
      yield { key: key[1], value };
    }
  }

  async write(changes: readonly StateChange[]): Promise<void> {
    if (changes.length === 0) return;
    try {
      requireRoom(this.dir);
      await this.root.childTransaction(() => {
        for (const { space, key, value } of changes) {
          if (value === undefined) this.root.remove([space, key]);
          else this.root.put([space, key], value);
        }
      });
    } catch (error) {
      throw await writeFailure(error);
    }
  }

  async wipe(): Promise<void> {
    await this.root.clearAsync();
  }
}
