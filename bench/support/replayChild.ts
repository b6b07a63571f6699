import { silent } from '../../src/core/index.js';
import { replay } from '../../src/projections/index.js';
import { openStore } from '../../src/storage/index.js';

/** `replayChild DIR`: rebuilds all derived state as `endcap replay` does; tells its parent how fast. */
const store = openStore(process.argv[2]!);
const started = performance.now();
const before = process.cpuUsage();
await replay(store, {}, silent);
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
const { head } = store.log;
await store.close();
process.send!({ perSecond: head / seconds, perCpuSecond: (1e6 * head) / (user + system) }, () =>
  process.exit(0),
);
