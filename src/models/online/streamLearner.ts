import type { Event, EventTable } from '../../core/index.js';
import { Admission, type PackedAdmission, type StreamCounters } from './admission.js';
import type { StreamModel } from './streamModel.js';

/** What a checkpoint keeps. */
export interface PackedLearner extends PackedAdmission {
  offset: number;
  model: object;
}

/**
 * A fold of the log that teaches a model: each positive event is what came after the last ones of its shopper. The same
 * log gives the same rows, however often it was interrupted: everything that decides is in `pack`.
 */
export class StreamLearner {
  offset = 0;
  readonly #admission: Admission;

  constructor(
    private readonly model: StreamModel,
    weights: EventTable,
  ) {
    this.#admission = new Admission(weights);
  }

  get counters(): StreamCounters {
    return this.#admission.counters;
  }

  /** Events come in log order, each once. */
  async apply(offset: number, event: Event): Promise<void> {
    if (offset !== this.offset) throw new Error(`Event ${offset} applied where ${this.offset} is next`);
    this.offset++;
    const { model, counters } = this;
    for (const { history, item } of this.#admission.steps(event, (id) => model.recentShare(id))) {
      if (await model.learn(history, item)) counters.steps++;
      else if (history.length > 0) counters.dropped++;
    }
  }

  pack(): PackedLearner {
    return { offset: this.offset, ...this.#admission.pack(), model: this.model.pack() };
  }

  restore(packed: PackedLearner): void {
    this.offset = packed.offset;
    this.#admission.restore(packed);
    this.model.restore(packed.model);
  }
}
