import { silent } from '../../src/core/index.js';
import { openState } from '../../src/projections/index.js';
import { openStore } from '../../src/storage/index.js';

/** How fast a log becomes a state in memory, and how long the checkpoint of all of it takes. */
export interface Replayed {
  perSecond: number;
  perCpuSecond: number;
  checkpointSeconds: number;
}

/** `replayChild DIR`: makes all derived state of a store that has none, and tells its parent how fast. */
const store = openStore(process.argv[2]!);
const started = performance.now();
const before = process.cpuUsage();
const state = await openState(store, {}, silent);
const caughtUp = performance.now();
const { user, system } = process.cpuUsage(before);
await state.checkpoint();
const checkpointSeconds = (performance.now() - caughtUp) / 1000;
const { head } = store.log;
await store.close();
process.send!(
  {
    perSecond: (1000 * head) / (caughtUp - started),
    perCpuSecond: (1e6 * head) / (user + system),
    checkpointSeconds,
  } satisfies Replayed,
  () => process.exit(0),
);
