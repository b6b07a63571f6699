import { silent } from '../../src/core/index.js';
import { prepareFiles } from '../../src/prepare/index.js';
import { retailFile } from './retail.js';

/** Prepares the complete data, all events read, and tells its parent how long it took and its peak memory. */
const started = performance.now();
const prepared = await prepareFiles([retailFile], { now: Date.UTC(2026, 0, 1), progress: silent });
let events = 0;
for await (const batch of prepared.batches(5_000)) events += batch.length;
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage();
const processor = (user + system) / 1e6;
const memory = process.resourceUsage().maxRSS / 1024;
process.send!({ rows: prepared.report.rowsIn, events, seconds, processor, memory }, () => process.exit(0));
