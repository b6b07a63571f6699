import { readFileSync } from 'node:fs';
import { openStore } from '../../src/storage/index.js';
import { event } from './events.js';

/** `acknowledgedOnDisk DIR`: prints how many of 10 writes to each part were acknowledged before anything was flushed. */
const flushes = (): number => Number(readFileSync(process.env.SYNC_COUNTER!).readBigInt64LE());
const store = openStore(process.argv[2]!);
/** Resolves when nothing is flushed any more: the flush of one write is not to be taken for that of the next. */
async function quiet(): Promise<number> {
  for (let seen = -1; seen !== flushes(); ) {
    seen = flushes();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return flushes();
}
const unflushed = { log: 0, state: 0, facts: 0, objects: 0 };
for (let n = 0; n < 10; n++) {
  const change = { space: 's', key: `${n}`, value: Buffer.from('x') };
  for (const [part, least, write] of [
    ['log', 1, () => store.log.append([event({ id: `${n}` })])],
    ['state', 1, () => store.state.write([change])],
    ['facts', 1, () => store.facts.write([change])],
    // The file, and the folder that says under which name it is.
    ['objects', 2, () => store.objects.put('one', change.value)],
  ] as const) {
    const before = await quiet();
    await write();
    if (flushes() < before + least) unflushed[part]++;
  }
}
console.log(JSON.stringify(unflushed));
await store.close();
process.exit(0);
