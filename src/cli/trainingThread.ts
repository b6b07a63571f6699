// The thread that a training runs in: it blocks for long, and the one that started it must not.
import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, type ErrorCode, giveWay, packageVersion } from '../core/index.js';
import { learnShelf } from '../recommend/index.js';
import {
  readShop,
  type TrainingEvent,
  type TrainingOutcome,
  type TrainingRequest,
  trainShop,
} from '../train/index.js';

/** What the thread is given. */
export interface ThreadOrder {
  dir: string;
  request: TrainingRequest;
}

/** What the thread says. An `EndcapError` crosses as its parts. */
export type ThreadMessage =
  | { happening: TrainingEvent }
  | { outcome: TrainingOutcome }
  | { refused: { code: ErrorCode; message: string; options: EndcapError['options'] } };

/** Shortest time between two reports on the fit under way, ms. */
const reportEvery = 100;

const say = (message: ThreadMessage): void => parentPort!.postMessage(message);
let said = Number.NEGATIVE_INFINITY;

function watch(happening: TrainingEvent): void {
  if (happening.kind === 'running') {
    if (performance.now() - said < reportEvery) return;
    said = performance.now();
  }
  say({ happening });
}

// A server on this machine comes first: this thread, and the native ones it starts, take what is left over.
giveWay();
try {
  const { dir, request } = workerData as ThreadOrder;
  watch({ kind: 'note', text: 'Reading the log …' });
  say({
    outcome: await trainShop(await readShop(dir), request, { code: packageVersion, watch, learnShelf }),
  });
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  const { cause: _, ...options } = error.options;
  say({ refused: { code: error.code, message: error.message, options } });
}
