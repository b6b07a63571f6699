import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, type Event, giveWay } from '../core/index.js';
import { openStoreToRead } from '../storage/index.js';
import { trainIntent } from './intent/train.js';
import { learnResponse } from './offers/learned.js';
import type { FromTask, TaskName, Tasks } from './tasks.js';
import { fitUplift } from './uplift/select.js';

giveWay();

/** The thread of `runTask`. */
const tasks: { [Name in TaskName]: (input: Tasks[Name]['input']) => unknown } = {
  intent: async ({ dir }) => {
    const store = openStoreToRead(dir);
    try {
      const events: Event[] = [];
      for await (const { event } of store.log.read()) events.push(event);
      return trainIntent(events);
    } finally {
      await store.close();
    }
  },
  response: learnResponse,
  uplift: (trial) => fitUplift(trial),
};

const { name, input } = workerData as { name: TaskName; input: never };
const tell = (message: FromTask): void => parentPort!.postMessage(message);
try {
  tell({ result: await tasks[name](input) });
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  const { code, message, errors, remedy } = error;
  tell({ refused: { code, message, errors: [...errors], ...(remedy === undefined ? {} : { remedy }) } });
}
