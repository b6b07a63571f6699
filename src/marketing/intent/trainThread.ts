import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, type Event } from '../../core/index.js';
import { openStoreToRead } from '../../storage/index.js';
import type { FromTraining } from './thread.js';
import { trainIntent } from './train.js';

/** The thread of `trainInThread`. */
const { dir } = workerData as { dir: string };
const tell = (message: FromTraining): void => parentPort!.postMessage(message);
const store = openStoreToRead(dir);
try {
  tell({ trained: trainIntent(await eventsOf()) });
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  const { code, message, remedy } = error;
  tell({ refused: { code, message, ...(remedy === undefined ? {} : { remedy }) } });
} finally {
  await store.close();
}

async function eventsOf(): Promise<Event[]> {
  const events: Event[] = [];
  for await (const { event } of store.log.read()) events.push(event);
  return events;
}
