import { Worker } from 'node:worker_threads';
import { Turnstile } from './steps.js';

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

/** Limits of a thread that learns: what it makes and drops would otherwise take as much memory as all it keeps. */
export const learnerLimits = { maxYoungGenerationSizeMb: 8 };

const learners = new Turnstile();

/**
 * Work in a thread that learns, when no other does: two at a time would take from each other and from who answers
 * requests, of memory and caches even where there are cores for both. Rejects where `signal` ends the wait.
 */
export async function whenNobodyLearns<T>(learn: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const leave = await learners.enter(signal);
  try {
    signal?.throwIfAborted();
    return await learn();
  } finally {
    leave();
  }
}

/** Work that a thread of its own does. */
export interface Aside<Answer> {
  /** Undefined where it was stopped. */
  answer: Promise<Answer | undefined>;
  stop(): Promise<void>;
}

/**
 * The one message of a thread that runs `script` on `data`, for whoever answers requests meanwhile. It begins when no
 * other thread learns.
 */
export function aside<Answer>(script: URL, data: unknown): Aside<Answer> {
  const ending = new AbortController();
  const { signal } = ending;
  let worker: Worker | undefined;
  const run = (): Promise<Answer | undefined> => {
    worker = new Worker(script, {
      workerData: data,
      resourceLimits: learnerLimits,
    });
    return answerOf<Answer>(worker);
  };
  return {
    answer: whenNobodyLearns(run, signal).catch((error) => {
      if (signal.aborted) return undefined;
      throw error;
    }),
    stop: async () => {
      ending.abort();
      await worker?.terminate();
    },
  };
}

/** Its first message; undefined where it ends without one. */
function answerOf<Answer>(worker: Worker): Promise<Answer | undefined> {
  worker.unref();
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', () => resolve(undefined));
  });
}
