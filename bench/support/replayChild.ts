import { silent } from '../../src/core/index.js';
import { replay } from '../../src/projections/index.js';
import { openStore } from '../../src/storage/index.js';

/** `replayChild DIR`: rebuilds all derived state as `endcap replay` does; tells its parent the events a second. */
const store = openStore(process.argv[2]!);
const started = performance.now();
await replay(store, {}, silent);
const seconds = (performance.now() - started) / 1000;
const { head } = store.log;
await store.close();
process.send!(head / seconds, () => process.exit(0));
