import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../core/index.js';
import { type ClickExample, type FusionByKind, learnFusion } from './weights.js';

/** The thread of `Search.learnFusions`: with the clicks of 5,000 searches it takes seconds. */
giveWay();
const { examples, usual } = workerData as { examples: ClickExample[]; usual: FusionByKind };
parentPort!.postMessage(learnFusion(examples, usual));
