import { createHash } from 'node:crypto';
import { EndcapError } from '../../src/core/index.js';
import { openStore } from '../../src/storage/index.js';

/** Reads all of the store in its argument and prints a hash of it, or what the store says is wrong. */
const hash = createHash('sha256');
try {
  const store = openStore(process.argv[2]!);
  for await (const { event } of store.log.read()) hash.update(JSON.stringify(event));
  for (const part of [store.state, store.facts])
    for (const { key, value } of part.entries('s')) hash.update(key).update(value);
  console.log(hash.digest('hex'));
  await store.close();
} catch (error) {
  if (!(error instanceof EndcapError) || !error.remedy) throw error;
  console.log(error.code);
}
process.exit(0);
