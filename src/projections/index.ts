import type { Progress } from '../core/index.js';
import type { Store } from '../storage/index.js';
import { isOutdated, rememberedEvents, ShopState, type StateOptions } from './shopState.js';

export type { Demand, ItemStats } from './items.js';
export { applyToShopper, mergeShoppers, newShopper, profileOf, type Shopper } from './shopper.js';
export { rememberedEvents, ShopState, type StateOptions };

/** The state of an opened store, caught up with its log; rebuilt where an older version of Endcap wrote it. */
export async function openState(store: Store, options: StateOptions, progress: Progress): Promise<ShopState> {
  if (isOutdated(store.state)) await store.state.wipe();
  const state = new ShopState(store.state, options);
  await state.catchUp(store.log, (done) =>
    progress({ phase: 'replaying the log', done, total: store.log.head }),
  );
  return state;
}

/** Forgets everything derived and folds the whole log anew. */
export async function replay(store: Store, options: StateOptions, progress: Progress): Promise<ShopState> {
  await store.state.wipe();
  return openState(store, options, progress);
}
export { clockAheadMs, FeatureStore, type Features } from './features/features.js';
export { type Arrived, featuresAt } from './features/history.js';
