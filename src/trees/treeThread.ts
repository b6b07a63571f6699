import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError } from '../core/index.js';
import { fitTrees, type TreeOptions } from './boosting.js';
import type { TreeData } from './data.js';
import type { FromTreeThread } from './thread.js';

/** The thread of `fitTreesInThread`. */
const { data, options } = workerData as { data: TreeData; options: Partial<TreeOptions> };
const tell = (message: FromTreeThread): void => parentPort!.postMessage(message);
try {
  tell({ content: fitTrees(data, options, (trees) => tell({ trees })).content });
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  tell({ refused: { code: error.code, message: error.message, errors: error.errors } });
}
