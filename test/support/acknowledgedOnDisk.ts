import { readFileSync } from 'node:fs';
import { openStore } from '../../src/storage/index.js';
import { event } from './events.js';

/** `acknowledgedOnDisk DIR`: prints how many of 20 writes to each part were acknowledged before anything was flushed. */
const flushes = (): number => Number(readFileSync(process.env.SYNC_COUNTER!).readBigInt64LE());
const store = openStore(process.argv[2]!);
const unflushed = { log: 0, state: 0, facts: 0 };
for (let n = 0; n < 20; n++) {
  const change = { space: 's', key: `${n}`, value: Buffer.from('x') };
  for (const [part, write] of [
    ['log', () => store.log.append([event({ id: `${n}` })])],
    ['state', () => store.state.write([change])],
    ['facts', () => store.facts.write([change])],
  ] as const) {
    const before = flushes();
    await write();
    if (flushes() === before) unflushed[part]++;
  }
}
console.log(JSON.stringify(unflushed));
await store.close();
process.exit(0);
