import { Worker } from 'node:worker_threads';
import { EndcapError, type ErrorCode, type FieldError, inStore, learnerLimits } from '../core/index.js';
import type { TrainedIntent } from './intent/train.js';
import type { LearnedResponse } from './offers/learned.js';
import type { DiscountTrial } from './offers/response.js';
import type { FittedUplift, Trialled } from './uplift/select.js';

/** What is learned in a thread of its own, so that the server goes on answering: input and result of each task. */
export interface Tasks {
  /** From the whole log of the shop in a folder. */
  intent: { input: { dir: string }; result: TrainedIntent };
  response: { input: DiscountTrial & { fold: Uint8Array }; result: LearnedResponse };
  uplift: { input: Trialled; result: FittedUplift };
}

export type TaskName = keyof Tasks;

/** What the thread sends back. */
export type FromTask =
  | { result: unknown }
  | { refused: { code: ErrorCode; message: string; errors: FieldError[]; remedy?: string } };

/** Runs a task; what it throws as an `EndcapError` is thrown here. */
export function runTask<Name extends TaskName>(
  name: Name,
  input: Tasks[Name]['input'],
): Promise<Tasks[Name]['result']> {
  return new Promise((resolve, reject) => {
    const worker = inStore(
      new Worker(new URL('./taskThread.js', import.meta.url), {
        workerData: { name, input },
        resourceLimits: learnerLimits,
      }),
    );
    worker.on('message', (message: FromTask) => {
      if ('result' in message) resolve(message.result as Tasks[Name]['result']);
      else {
        const { code, message: text, ...options } = message.refused;
        reject(new EndcapError(code, text, options));
      }
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error(`The thread of ${name} ended without an answer`)));
  });
}
