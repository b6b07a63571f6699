import { corruptState, pack, unpack } from './codec.js';
import { DirtyRows } from './dirtyRows.js';
import type { StoredRecord } from './projection.js';

/** Ids of items by handle: the item dictionary. */
export interface ItemNames {
  find(id: string): number;
  id(handle: number): string;
}

/** How a projection keeps a record an item: by its id, so that a store can be searched for what it says of one. */
export interface ItemRecords<Kept> {
  /** By handle. */
  readonly dirty: DirtyRows;
  /** A record of a checkpoint, and whose it is. */
  open(record: StoredRecord): { handle: number; kept: Kept };
}

export function itemRecords<Kept>(
  space: string,
  items: ItemNames,
  keptOf: (handle: number) => Kept,
): ItemRecords<Kept> {
  const dirty = new DirtyRows((handle) => ({ space, key: items.id(handle), value: pack(keptOf(handle)) }));
  return {
    dirty,
    open({ key, value }) {
      const handle = items.find(key);
      if (handle < 0) throw corruptState(`it has ${space} of an item that the shop never saw, "${key}"`);
      return { handle, kept: unpack(value, `${space} of the item ${key}`) as Kept };
    },
  };
}
