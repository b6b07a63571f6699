import { ItemDictionary } from '../catalogue/index.js';
import type { Progress } from '../core/index.js';
import type { Store } from '../storage/index.js';
import { ShopState, type StateOptions } from './shopState.js';

export { pack, unpack } from './codec.js';
export type { Demand } from './demand.js';
export { DirtyRows } from './dirtyRows.js';
export { type ItemRecords, itemRecords } from './itemRecords.js';
export { anonymousOf, joinedBy, OwnedBy, ownersOf } from './owners.js';
export { profileOf } from './profileOf.js';
export { type Projection, packedWhole, type StoredRecord, type WholeFold } from './projection.js';
export { foldIntoShoppers, newShopper, type Shopper, type ShopperBook } from './shopper.js';
export type { ItemStats } from './shopState.js';
export { ShopState, type StateOptions };

/** The state of an opened store, caught up with its log; rebuilt where an older version of Endcap wrote it. */
export async function openState(
  store: Pick<Store, 'log' | 'state' | 'facts'>,
  options: StateOptions,
  progress: Progress,
  dictionary: ItemDictionary = new ItemDictionary(store.facts),
): Promise<ShopState> {
  let state = new ShopState(store.state, dictionary, options);
  if (!(await state.restore())) {
    await store.state.wipe();
    state = new ShopState(store.state, dictionary, options);
  }
  await state.catchUp(store.log, (done, total) => progress({ phase: 'replaying the log', done, total }));
  return state;
}

/** Forgets everything derived and folds the whole log anew. */
export async function replay(
  store: Pick<Store, 'log' | 'state' | 'facts'>,
  options: StateOptions,
  progress: Progress,
): Promise<ShopState> {
  await store.state.wipe();
  return openState(store, options, progress);
}
