import { Worker } from 'node:worker_threads';
import { EndcapError, type ErrorCode, type FieldError } from '../core/index.js';
import type { TreeOptions } from './boosting.js';
import type { TreeContent } from './content.js';
import type { TreeData } from './data.js';
import { type TreeModel, treeModel } from './model.js';

/** What the thread sends back: how many trees there are, then all of them, or what is wrong with the input. */
export type FromTreeThread =
  | { trees: number }
  | { content: TreeContent }
  | { refused: { code: ErrorCode; message: string; errors: FieldError[] } };

/** `fitTrees` in a thread of its own: a server goes on answering. The same data and options give the same trees. */
export function fitTreesInThread(
  data: TreeData,
  options: Partial<TreeOptions> = {},
  told: (trees: number) => void = () => {},
): Promise<TreeModel> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./treeThread.js', import.meta.url), { workerData: { data, options } });
    worker.on('message', (message: FromTreeThread) => {
      if ('trees' in message) told(message.trees);
      else if ('content' in message) resolve(treeModel(message.content));
      else
        reject(
          new EndcapError(message.refused.code, message.refused.message, { errors: message.refused.errors }),
        );
    });
    worker.on('error', reject);
    worker.on('exit', () => reject(new Error('The thread that fits trees ended without an answer')));
  });
}
