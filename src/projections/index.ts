import { ItemDictionary } from '../catalogue/index.js';
import type { Progress } from '../core/index.js';
import type { EventLog, Store } from '../storage/index.js';
import { eventsInState } from './checkpoint.js';
import { eventsMissing } from './codec.js';
import { ShopState, type StateOptions } from './shopState.js';

export { pack, unpack } from './codec.js';
export { DailyMarks, hashOf, type PackedMarks } from './dailyMarks.js';
export { type Demand, demandOf } from './demand.js';
export { DirtyRows } from './dirtyRows.js';
export { type ItemRecords, itemRecords } from './itemRecords.js';
export { anonymousOf, joinedBy, OwnedBy, ownersOf } from './owners.js';
export { holding, profileOf } from './profileOf.js';
export {
  inMemory,
  type Projection,
  packedWhole,
  type ShopperViews,
  type StoredRecord,
  type WholeFold,
} from './projection.js';
export { type Lately, RecentPairs } from './recentPairs.js';
export { type PackedRows, RowTable } from './rowTable.js';
export { applyToShopper, foldIntoShoppers, newShopper, type Shopper, type ShopperBook } from './shopper.js';
export type { ItemStats } from './shopState.js';
export { stateOptions } from './stateOptions.js';
export { eventsInState, ShopState, type StateOptions };

type Parts = Pick<Store, 'log' | 'state' | 'facts'>;

/** The state of an opened store, caught up with its log; rebuilt where an older version of Endcap wrote it. */
export async function openState(
  store: Parts,
  options: StateOptions,
  progress: Progress,
  dictionary: ItemDictionary = new ItemDictionary(store.facts),
): Promise<ShopState> {
  const state = new ShopState(store.state, dictionary, options);
  if (!(await state.restore())) return rebuild(store, options, progress, dictionary);
  await state.catchUp(store.log, (done, total) => progress({ phase: 'replaying the log', done, total }));
  return state;
}

/**
 * Folds the whole log anew, beside the state there is, which it replaces when it is whole. Refuses to replace a state
 * by less than it was made from unless `acceptLoss`. One that fails leaves nothing: one that is killed goes on.
 */
export async function replay(
  store: Parts,
  options: StateOptions,
  progress: Progress,
  acceptLoss = false,
): Promise<ShopState> {
  const known = offsetOf(store);
  if (known > store.log.head && !acceptLoss) throw eventsMissing(store.log.head, known);
  try {
    return await rebuild(store, options, progress, new ItemDictionary(store.facts));
  } catch (error) {
    await store.state.giveUp();
    throw error;
  }
}

/** An attempt that was ended goes on where its last checkpoint was. */
async function rebuild(
  { state, log }: Parts,
  options: StateOptions,
  progress: Progress,
  dictionary: ItemDictionary,
): Promise<ShopState> {
  let draft = await state.beside();
  let rebuilt = new ShopState(draft, dictionary, options);
  if (!(await goesOn(rebuilt, log))) {
    draft = await state.beside({ empty: true });
    rebuilt = new ShopState(draft, dictionary, options);
  }
  await rebuilt.catchUp(log, (done, total) => progress({ phase: 'replaying the log', done, total }));
  await rebuilt.checkpoint();
  await draft.adopt();
  return rebuilt;
}

/** Whether what an earlier attempt left is of this log and this version. */
async function goesOn(state: ShopState, log: EventLog): Promise<boolean> {
  try {
    if (!(await state.restore())) return false;
    await state.requireSameLog(log);
    return true;
  } catch {
    return false;
  }
}

/** Events that the state there is was made from; 0 where it cannot be told. */
function offsetOf({ state }: Parts): number {
  try {
    return eventsInState(state);
  } catch {
    return 0;
  }
}

export { clockAheadMs, FeatureStore, type Features } from './features/features.js';
export { type Arrived, featuresAt } from './features/history.js';
