import type { Event, EventTable } from '../../core/index.js';
import { Admission, type StreamCounters, type StreamStep } from './admission.js';
import { Negatives } from './negatives.js';

/**
 * The part of a model that is statistics: what happens joins them in the process that serves, at once. An item that
 * came after training gets a row at its first step (`model.items` grows).
 */
export interface Appends {
  append(step: StreamStep): void;
  /** What the anonymous shopper has begun is the known one's from now on. */
  identify?(anonymous: string, user: string): void;
}

/** Recent targets among which an item's share is bounded. */
const recent = 5_000;

/**
 * A fold of the log that appends to a model. The same log from the same offset gives the same lists, so nothing is
 * written down: after a restart the log is read again from where the model was trained to.
 */
export class Appender {
  readonly #admission: Admission;
  readonly #targets = new Negatives(recent, 1);
  /** Numbers of the recent targets. */
  readonly #numbers = new Map<string, number>();

  constructor(
    private readonly appends: Appends,
    weights: EventTable,
    /** Of the event that comes next. */
    public offset: number,
    /** Whether an item is known to the shop: what is not gets no row. */
    private readonly known: (id: string) => boolean,
  ) {
    this.#admission = new Admission(weights);
  }

  get counters(): StreamCounters {
    return this.#admission.counters;
  }

  /** Events come in log order, each once; what was erased has left its place empty, and weighs nothing. */
  apply(offset: number, event: Event): void {
    if (offset !== this.offset) throw new Error(`Event ${offset} appended where ${this.offset} is next`);
    this.offset++;
    const { counters } = this;
    for (const step of this.#admission.steps(event, (id) => this.#shareOf(id))) {
      if (!this.known(step.item)) continue;
      this.#targets.saw(this.#numberOf(step.item));
      this.appends.append(step);
      counters.steps++;
    }
    const anonymous = event.type === 'identify' ? event.context?.anonymous : undefined;
    if (typeof anonymous === 'string' && anonymous !== event.user)
      this.appends.identify?.(anonymous, event.user);
  }

  #shareOf(id: string): number {
    const number = this.#numbers.get(id);
    return number === undefined ? 0 : this.#targets.shareOf(number);
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id) ?? this.#numbers.size;
    if (known === this.#numbers.size) this.#numbers.set(id, known);
    return known;
  }
}
