import { Worker } from 'node:worker_threads';
import type { WordVectorOptions, WordVectors } from './wordVectors.js';

/** `trainWordVectors` in a thread of its own, for whoever answers requests meanwhile; `stop` ends it without a result. */
export function trainWordVectorsAside(
  texts: readonly string[],
  options: WordVectorOptions,
): { trained: Promise<WordVectors | undefined>; stop(): Promise<void> } {
  const worker = new Worker(new URL('./wordThread.js', import.meta.url), {
    workerData: { texts, options },
    // What it makes and drops would otherwise take as much memory as all it keeps.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  worker.unref();
  const trained = new Promise<WordVectors | undefined>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => resolve(undefined));
  });
  return {
    trained,
    stop: async () => {
      await worker.terminate();
    },
  };
}
