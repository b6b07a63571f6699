import { slicer } from './slicer.js';

/** Work in steps of well under a millisecond; others may have their turn between any two. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** Does all of the steps at once. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** Does the steps with a pause for others after every `patience` ms. */
export async function inTurns<T>(steps: Steps<T>, patience: number): Promise<T> {
  const slice = slicer(patience);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const pause = slice();
    if (pause) await pause;
  }
}

/** Lets one at a time in, in the order they came. */
export class Turnstile {
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for those who came before; resolves to what is to be called when done. Who no longer wants to wait aborts
   * `signal`: it rejects with its reason, and the turn goes to the next.
   */
  async enter(signal?: AbortSignal): Promise<() => void> {
    const before = this.#last;
    let leave = (): void => {};
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    try {
      await (signal ? unlessAborted(before, signal) : before);
    } catch (error) {
      void before.then(leave);
      throw error;
    }
    return leave;
  }
}

async function unlessAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  let abort = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
