import { Worker } from 'node:worker_threads';
import { EndcapError, type ErrorCode } from '../../core/index.js';
import type { TrainedIntent } from './train.js';

export type FromTraining =
  | { trained: TrainedIntent }
  | { refused: { code: ErrorCode; message: string; remedy?: string } };

/** Learns intent from the log of a shop in a thread of its own: the server goes on answering. */
export function trainInThread(dir: string): Promise<TrainedIntent> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./trainThread.js', import.meta.url), { workerData: { dir } });
    worker.on('message', (message: FromTraining) => {
      if ('trained' in message) resolve(message.trained);
      else {
        const { code, message: text, remedy } = message.refused;
        reject(new EndcapError(code, text, remedy === undefined ? {} : { remedy }));
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('The training of intent ended without an answer')));
  });
}
