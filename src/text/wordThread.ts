import { parentPort, workerData } from 'node:worker_threads';
import { giveWay } from '../core/index.js';
import { trainWordVectors, type WordVectorOptions } from './wordVectors.js';

/** The thread of `trainWordVectorsAside`. */
giveWay();
const { texts, options } = workerData as { texts: string[]; options: WordVectorOptions };
parentPort!.postMessage(trainWordVectors(texts, options));
