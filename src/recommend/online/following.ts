import type { Event, EventTable } from '../../core/index.js';
import { Appender, type StreamCounters } from '../../models/index.js';
import type { EventLog } from '../../storage/index.js';
import type { EngineContext } from '../context.js';
import type { DeployedModel } from '../deployed.js';

export interface FollowingOptions {
  engine: EngineContext;
  deployed: DeployedModel;
  log: EventLog;
  weights: EventTable;
  /** Log offset the model was trained to. */
  trainedTo: number;
  warn: (error: unknown, what: string) => void;
}

/**
 * What happens joins the statistics of the model that serves, in log order, as it is applied to the state. Nothing of it
 * is written down: after a start it is read again from the log, from where the model was trained to, so that a restart, a
 * replay and `kill -9` come to the same lists.
 */
export class Following {
  readonly #appender: Appender;
  #reading: Promise<void> | undefined;
  /** Questions about the time before an event that has happened by now. */
  #asked = 0;
  #closed = false;

  constructor(private readonly options: FollowingOptions) {
    const { engine, deployed, weights, trainedTo } = options;
    this.#appender = new Appender(
      {
        append: (step) => deployed.append(step),
        identify: (anonymous, user) => deployed.model.appends!.identify?.(anonymous, user),
      },
      weights,
      trainedTo,
      (id) => engine.catalogue.get(id) !== undefined,
    );
  }

  get counters(): StreamCounters {
    return this.#appender.counters;
  }

  /** Events before this offset are in the lists. */
  get offset(): number {
    return this.#appender.offset;
  }

  /** Events of the state that are not in the lists yet. */
  get lag(): number {
    return Math.max(0, this.options.engine.state.offset - this.offset);
  }

  /**
   * An event that is in the state: it joins at once, if it is the next. While `question` about the time before it is not
   * answered, it and those after it wait in the log.
   */
  saw(offset: number, event: Event, question?: Promise<void>): void {
    if (question) {
      this.#asked++;
      void question.finally(() => {
        this.#asked--;
        void this.catchUp();
      });
    } else if (this.#asked === 0 && !this.#reading && offset === this.offset)
      this.#appender.apply(offset, event);
    else void this.catchUp();
  }

  /** Resolves once what the state has is in the lists, or a question has to be answered before. */
  catchUp(): Promise<void> {
    this.#reading ??= this.#read().then(
      () => {
        this.#reading = undefined;
        // A question may have been answered as the reading stopped for it.
        return this.lag > 0 && !this.#waits ? this.catchUp() : undefined;
      },
      (error) => {
        this.#reading = undefined;
        this.options.warn(error, 'what happened could not join the model');
      },
    );
    return this.#reading;
  }

  close(): void {
    this.#closed = true;
  }

  get #waits(): boolean {
    return this.#closed || this.#asked > 0;
  }

  async #read(): Promise<void> {
    const { engine, log } = this.options;
    while (this.lag > 0 && !this.#waits)
      for await (const { offset, event } of log.read(this.offset, engine.state.offset)) {
        if (this.#waits) return;
        this.#appender.apply(offset, event);
      }
  }
}
