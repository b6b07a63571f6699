import { existsSync, readFileSync } from 'node:fs';
import { constants, PerformanceObserver } from 'node:perf_hooks';

const threadClock = '/proc/thread-self/schedstat';
const hasThreadClock = existsSync(threadClock);

/** Time this thread has had a processor, ms; of the whole process where the system does not say. */
export function processorMs(): number {
  // Asking for the process's first brings the thread's up to now: else it is as of the scheduler's last tick, 4 ms off.
  const { user, system } = process.cpuUsage();
  if (hasThreadClock) return Number(readFileSync(threadClock, 'utf8').split(' ')[0]) / 1e6;
  return (user + system) / 1_000;
}

/** One turn of the loop, ms: from one look at the clocks to the next. */
export interface Hold {
  /** By the clock: what others waited. */
  clock: number;
  /** Of it, what the thread had a processor for; the rest the machine took for something else. */
  processor: number;
  /** Of that, what V8 collected garbage for: by the clock, and so at most; what is left is the code's at least. */
  collector: number;
  /** Of that, collections of the whole heap, which come when they come and take as long as the heap is large. */
  whole: number;
}

/** The longest turns of some rounds. */
export interface Holds {
  /** By processor time, the longest of each round. */
  rounds: Hold[];
  /** Of all rounds: the longest by processor time, by processor time less the collector's, and by the clock. */
  processor: Hold;
  own: Hold;
  clock: Hold;
}

/**
 * How long the loop was held between two of its turns, and by what: the code, the collector, or a machine that gave the
 * thread no processor. `work` is done `times` times a round.
 */
export async function holdsOf(
  work: () => Promise<unknown>,
  { rounds, times }: { rounds: number; times: number },
): Promise<Holds> {
  const watch = new LoopWatch();
  const perRound: Turn[][] = [];
  for (let round = 0; round < rounds; round++) {
    for (let time = 0; time < times; time++) await watch.during(work);
    perRound.push(watch.take());
  }
  const collections = await watch.end();
  const held = perRound.map((turns) => turns.map((turn) => holdOf(turn, collections)));
  const all = held.flat();
  return {
    rounds: held.map((turns) => longest(turns, ({ processor }) => processor)),
    processor: longest(all, ({ processor }) => processor),
    own: longest(all, ownOf),
    clock: longest(all, ({ clock }) => clock),
  };
}

/** Processor time of the code itself, ms. */
export const ownOf = ({ processor, collector }: Hold): number => processor - collector;

interface Span {
  start: number;
  end: number;
}
interface Collection extends Span {
  isWhole: boolean;
}
interface Turn extends Span {
  processor: number;
}

/** Turns shorter than this are of no interest, ms. */
const shortest = 1;

function longest(holds: readonly Hold[], by: (hold: Hold) => number): Hold {
  const none: Hold = { clock: 0, processor: 0, collector: 0, whole: 0 };
  return holds.reduce((most, hold) => (by(hold) > by(most) ? hold : most), none);
}

function holdOf({ start, end, processor }: Turn, collections: readonly Collection[]): Hold {
  const within = (of: readonly Span[]): number =>
    of.reduce((sum, gc) => sum + Math.max(0, Math.min(end, gc.end) - Math.max(start, gc.start)), 0);
  const inside = within(collections);
  const whole = within(collections.filter(({ isWhole }) => isWhole));
  // The collector's time is by the clock: what the machine took of it is no more its own than the code's.
  return {
    clock: end - start,
    processor,
    collector: Math.min(inside, processor),
    whole: Math.min(whole, processor),
  };
}

class LoopWatch {
  #turns: Turn[] = [];
  readonly #collections: Collection[] = [];
  readonly #observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { startTime, duration } = entry;
      const { kind } = (entry as unknown as { detail: { kind: number } }).detail;
      const isWhole = kind === constants.NODE_PERFORMANCE_GC_MAJOR;
      this.#collections.push({ start: startTime, end: startTime + duration, isWhole });
    }
  });

  constructor() {
    this.#observer.observe({ entryTypes: ['gc'] });
  }

  async during(work: () => Promise<unknown>): Promise<void> {
    let done = false;
    const turns = this.#watch(() => done);
    await work();
    done = true;
    await turns;
  }

  take(): Turn[] {
    return this.#turns.splice(0);
  }

  /** Collections are told of a turn later. */
  async end(): Promise<Collection[]> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.#observer.disconnect();
    return this.#collections;
  }

  async #watch(done: () => boolean): Promise<void> {
    let [start, before] = [performance.now(), processorMs()];
    while (!done()) {
      await new Promise((resolve) => setImmediate(resolve));
      const [end, now] = [performance.now(), processorMs()];
      if (end - start > shortest) this.#turns.push({ start, end, processor: now - before });
      [start, before] = [end, now];
    }
  }
}
