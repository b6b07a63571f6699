import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, giveWay } from '../core/index.js';
import { openStoreToRead } from '../storage/index.js';
import { collectExamples } from './intent/examples.js';
import { trainOn } from './intent/train.js';
import { learnResponse } from './offers/learned.js';
import type { FromTask, TaskName, Tasks } from './tasks.js';
import { fitUplift } from './uplift/select.js';

giveWay();

/** The thread of `runTask`. */
const tasks: { [Name in TaskName]: (input: Tasks[Name]['input']) => unknown } = {
  intent: async ({ dir }) => {
    const store = openStoreToRead(dir);
    try {
      const { apply, examples } = collectExamples();
      for await (const { events } of store.log.blocks()) events.forEach(apply);
      return trainOn(examples());
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
