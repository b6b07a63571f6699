import { Worker } from 'node:worker_threads';
import { EndcapError } from '../core/index.js';
import type { Watch } from '../train/index.js';
import type { TrainingOutcome, TrainingRequest } from './training.js';
import type { ThreadMessage } from './trainingThread.js';

/** Runs a training in a thread of low priority; its errors are thrown here. */
export function trainInThread(request: TrainingRequest, watch: Watch): Promise<TrainingOutcome> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./trainingThread.js', import.meta.url), { workerData: request });
    worker.on('message', (message: ThreadMessage) => {
      if ('happening' in message) watch(message.happening);
      else if ('outcome' in message) resolve(message.outcome);
      else reject(new EndcapError(message.refused.code, message.refused.message, message.refused.options));
    });
    worker.on('error', reject);
    worker.on('exit', (code) => reject(new Error(`The training thread ended with ${code}`)));
  });
}
