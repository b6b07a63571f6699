import { existsSync, readFileSync } from 'node:fs';

const threadClock = '/proc/thread-self/schedstat';
const hasThreadClock = existsSync(threadClock);

/** Time this thread has had a processor, ms; of the whole process where the system does not say. */
export function processorMs(): number {
  if (hasThreadClock) return Number(readFileSync(threadClock, 'utf8').split(' ')[0]) / 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Of several rounds, the longest turn of each, ms. */
export interface Holds {
  /** The least of them: what the work itself takes at most, for a collection of the heap or a cold cache hits one round. */
  least: number;
  /** The largest of them. */
  most: number;
}

/**
 * How long the loop was held between two of its turns, by the processor time of its thread: on a busy machine a turn
 * also waits for a processor, which no code can help.
 */
export async function holdsOf(
  work: () => Promise<unknown>,
  { rounds, times }: { rounds: number; times: number },
): Promise<Holds> {
  const longest: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const watch = new LoopWatch();
    for (let time = 0; time < times; time++) await watch.during(work);
    longest.push(watch.longestMs);
  }
  return { least: Math.min(...longest), most: Math.max(...longest) };
}

class LoopWatch {
  longestMs = 0;

  async during(work: () => Promise<unknown>): Promise<void> {
    let done = false;
    const turns = this.#turns(() => done);
    await work();
    done = true;
    await turns;
  }

  async #turns(done: () => boolean): Promise<void> {
    let before = processorMs();
    while (!done()) {
      await new Promise((resolve) => setImmediate(resolve));
      const now = processorMs();
      this.longestMs = Math.max(this.longestMs, now - before);
      before = now;
    }
  }
}
