import { Worker } from 'node:worker_threads';

const alive = new Set<Worker>();

/** Notes a thread that reads or writes the store, for `endProcess`. */
export function inStore(worker: Worker): Worker {
  alive.add(worker);
  worker.once('exit', () => alive.delete(worker));
  return worker;
}

/**
 * Ends the process after a signal: with status 0, or by the signal where a thread is at work in the store.
 * `process.exit` would end such a thread in the midst of a call into LMDB, which aborts the process now and then; the
 * store survives a kill at any moment. To be called where nobody listens to the signal any more.
 */
export function endProcess(signal: NodeJS.Signals): void {
  if (alive.size > 0) process.kill(process.pid, signal);
  else process.exit(0);
}

/** Work that a thread of its own does. */
export interface Aside<Answer> {
  /** Undefined where it was stopped. */
  answer: Promise<Answer | undefined>;
  stop(): Promise<void>;
}

/** The one message of a thread that runs `script` on `data`, for whoever answers requests meanwhile. */
export function aside<Answer>(script: URL, data: unknown): Aside<Answer> {
  const worker = new Worker(script, {
    workerData: data,
    // What it makes and drops would otherwise take as much memory as all it keeps.
    resourceLimits: { maxYoungGenerationSizeMb: 8 },
  });
  worker.unref();
  const answer = new Promise<Answer | undefined>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => resolve(undefined));
  });
  return {
    answer,
    stop: async () => {
      await worker.terminate();
    },
  };
}
