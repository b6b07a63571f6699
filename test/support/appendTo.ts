import { EndcapError } from '../../src/core/index.js';
import { openStore } from '../../src/storage/index.js';
import { event } from './events.js';

/** `appendTo DIR ID…`: appends an event for each id, one after the other, and prints offsets or the code of the error. */
const [dir = '', ...ids] = process.argv.slice(2);
try {
  const store = openStore(dir);
  for (const id of ids) console.log((await store.log.append([event({ id })]))[0]!.offset);
  await store.close();
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  console.log(error.code);
}
process.exit(0);
