import { Worker } from 'node:worker_threads';
import { EndcapError, inStore } from '../core/index.js';
import type { TrainingOutcome, TrainingRequest, Watch } from '../train/index.js';
import type { ThreadMessage, ThreadOrder } from './trainingThread.js';

/** Trains the shop in `dir` in a thread of low priority; its errors are thrown here. */
export function trainInThread(dir: string, request: TrainingRequest, watch: Watch): Promise<TrainingOutcome> {
  return new Promise((resolve, reject) => {
    const workerData: ThreadOrder = { dir, request };
    const worker = inStore(new Worker(new URL('./trainingThread.js', import.meta.url), { workerData }));
    worker.on('message', (message: ThreadMessage) => {
      if ('happening' in message) watch(message.happening);
      else if ('outcome' in message) resolve(message.outcome);
      else reject(new EndcapError(message.refused.code, message.refused.message, message.refused.options));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The training thread ended with ${code}`)));
  });
}
