import { within } from '../core/index.js';

/** Something that happens by itself, again and again: a poll, a checkpoint, a forecast, a delivery. */
export interface Job {
  /** Shown in `/metrics` and in the log; each once. */
  readonly name: string;
  /** Pause from the end of one run to the start of the next, ms. */
  readonly everyMs: number;
  /** Pause before the first run where it is another, ms. */
  readonly firstMs?: number;
  run(): unknown;
}

export interface JobStatus {
  name: string;
  runs: number;
  failures: number;
  /** How long the last run took, ms; undefined before the first has ended. */
  lastMs: number | undefined;
}

interface Entry {
  job: Job;
  /** When it is to run next, ms of `performance.now()`. */
  due: number;
  underWay: Promise<void> | undefined;
  status: JobStatus;
}

/** A timer cannot wait longer than this, ms. */
const longestWaitMs = 2 ** 31 - 1;

/**
 * One timer for all jobs. A job never overlaps itself, one that fails is told of and runs again at its next time, and
 * none keeps the process alive.
 */
export class Scheduler {
  readonly #entries = new Map<string, Entry>();
  #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly warn: (error: unknown, what: string) => void = () => {}) {}

  /** Adds a job, first run after `firstMs` or `everyMs`; returns how to take it out. */
  add(job: Job): () => void {
    if (this.#entries.has(job.name)) throw new Error(`There is a job "${job.name}" already`);
    const status: JobStatus = { name: job.name, runs: 0, failures: 0, lastMs: undefined };
    const entry: Entry = {
      job,
      due: performance.now() + (job.firstMs ?? job.everyMs),
      underWay: undefined,
      status,
    };
    this.#entries.set(job.name, entry);
    this.#arm();
    return () => {
      if (this.#entries.get(job.name) === entry) this.#entries.delete(job.name);
      this.#arm();
    };
  }

  /** Runs a job now; where it is running, that run. Resolves when it has ended, well or not. */
  async runNow(name: string): Promise<void> {
    const entry = this.#entries.get(name);
    if (!entry) throw new Error(`There is no job "${name}"`);
    await this.#start(entry);
  }

  statuses(): JobStatus[] {
    return [...this.#entries.values()].map(({ status }) => ({ ...status }));
  }

  /** Starts nothing more and waits for what runs, for so long at most, ms. */
  async close(withinMs = longestWaitMs): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await within(Promise.all([...this.#entries.values()].map(({ underWay }) => underWay)), withinMs);
  }

  #start(entry: Entry): Promise<void> {
    entry.underWay ??= this.#run(entry).finally(() => {
      entry.underWay = undefined;
      entry.due = performance.now() + entry.job.everyMs;
      this.#arm();
    });
    return entry.underWay;
  }

  async #run({ job, status }: Entry): Promise<void> {
    const started = performance.now();
    status.runs++;
    try {
      await job.run();
    } catch (error) {
      status.failures++;
      this.warn(error, `the job "${job.name}" failed`);
    } finally {
      status.lastMs = performance.now() - started;
    }
  }

  /** Sets the timer to the job that is due first. */
  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const idle = [...this.#entries.values()].filter(({ underWay }) => !underWay);
    const first = Math.min(...idle.map(({ due }) => due));
    if (first === Number.POSITIVE_INFINITY) return;
    const wait = Math.min(Math.max(0, first - performance.now()), longestWaitMs);
    this.#timer = setTimeout(() => this.#fire(), wait).unref();
  }

  #fire(): void {
    const now = performance.now();
    for (const entry of this.#entries.values()) {
      if (!entry.underWay && entry.due <= now) void this.#start(entry);
    }
    this.#arm();
  }
}
