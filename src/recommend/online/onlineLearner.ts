import { Worker } from 'node:worker_threads';
import type { Event, EventTable } from '../../core/index.js';
import type { Model, RowChanges, StreamCounters } from '../../models/index.js';
import type { EventLog, ObjectStore } from '../../storage/index.js';
import type { FromLearner, LearnerStart, ToLearner } from './messages.js';

/** Events told at a time: the learner asks for more, so nothing piles up between the threads. */
const batch = 500;
const checkpointMs = 30_000;
const noCounters: StreamCounters = { steps: 0, dropped: 0, repeated: 0, capped: 0, ahead: 0 };

export interface LearnerOptions {
  version: string;
  model: Model;
  log: EventLog;
  objects: ObjectStore;
  weights: EventTable;
  /** Log offset the model was trained to. */
  trainedTo: number;
  /** Rows that moved, at least each second while events come. */
  publish: (changes: RowChanges) => void;
  warn: (error: unknown, what: string) => void;
}

/**
 * Teaches the deployed model from the log, in a thread of its own. It tails the log: after a start it goes on at its
 * last checkpoint, so a restart, a replay and `kill -9` come to the same rows. If the thread fails, the last rows serve.
 */
export class OnlineLearner {
  counters = noCounters;
  /** Events before this offset are in the rows that serve. */
  published = 0;
  #offset: number;
  #busy = true;
  #closed = false;
  #saved = performance.now();
  #waiting: (() => void)[] = [];

  private constructor(
    private readonly worker: Worker,
    private readonly options: LearnerOptions,
  ) {
    this.#offset = options.trainedTo;
    worker.on('message', (message: FromLearner) => this.#hear(message));
    worker.on('error', (error) => {
      options.warn(error, 'the online learner stopped; its last rows go on serving');
      this.#end();
    });
    worker.on('exit', () => this.#end());
    worker.unref();
  }

  static async start(options: LearnerOptions): Promise<OnlineLearner> {
    const { version, model, objects, weights, trainedTo } = options;
    const data: LearnerStart = {
      algorithm: model.name,
      files: model.save(),
      weights,
      offset: trainedTo,
      checkpoint: await objects.get(checkpointKey(version)),
    };
    const worker = new Worker(new URL('./learnerThread.js', import.meta.url), { workerData: data });
    return new OnlineLearner(worker, options);
  }

  /** Events of the log that it has not learned yet. */
  get lag(): number {
    return Math.max(0, this.options.log.head - this.#offset);
  }

  /** Tells it of new events; call when the log has grown. */
  feed(): void {
    const { log } = this.options;
    if (this.#busy || this.#closed || log.head <= this.#offset) return;
    this.#busy = true;
    this.#read(this.#offset).catch((error) => {
      this.#busy = false;
      this.options.warn(error, 'the online learner could not read the log');
    });
  }

  /** Resolves once everything that is in the log now is learned and written down, or the thread is gone. */
  async checkpoint(): Promise<void> {
    if (this.#closed) return;
    // Somebody waits: the thread keeps the process alive until it has answered.
    this.worker.ref();
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#tell({ kind: 'checkpoint' });
    });
    this.worker.unref();
  }

  async close(): Promise<void> {
    await this.checkpoint();
    this.#closed = true;
    await this.worker.terminate();
  }

  async #read(from: number): Promise<void> {
    const { log } = this.options;
    const events: Event[] = [];
    for await (const { event } of log.read(from, Math.min(log.head, from + batch))) events.push(event);
    this.#tell({ kind: 'events', from, events });
  }

  #hear(message: FromLearner): void {
    switch (message.kind) {
      case 'rows':
        this.options.publish(message.changes);
        this.published = message.offset;
        return;
      case 'checkpoint':
        void this.#save(message.bytes);
        return;
      default:
        this.#offset = message.offset;
        this.counters = message.counters;
        this.#busy = false;
        this.feed();
        if (performance.now() - this.#saved > checkpointMs) {
          this.#saved = performance.now();
          this.#tell({ kind: 'checkpoint' });
        }
    }
  }

  async #save(bytes: Uint8Array): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    try {
      await this.options.objects.put(checkpointKey(this.options.version), bytes);
    } catch (error) {
      this.options.warn(error, 'a checkpoint of the online learner failed');
    }
    for (const resolve of waiting) resolve();
  }

  #tell(message: ToLearner): void {
    this.worker.postMessage(message);
  }

  #end(): void {
    this.#closed = true;
    for (const resolve of this.#waiting) resolve();
    this.#waiting = [];
  }
}

const checkpointKey = (version: string): string => `online/${version}.bin`;
