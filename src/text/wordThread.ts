import { parentPort, workerData } from 'node:worker_threads';
import { trainWordVectors, type WordVectorOptions } from './wordVectors.js';

/** The thread of `trainWordVectorsAside`. */
const { texts, options } = workerData as { texts: string[]; options: WordVectorOptions };
parentPort!.postMessage(trainWordVectors(texts, options));
