import { type Event, type EventTable, eventWeight } from '../../core/index.js';
import type { StreamModel } from './streamModel.js';

export interface StreamCounters {
  /** Steps taken. */
  steps: number;
  /** Steps left out because a number was not finite. */
  dropped: number;
  /** Left out because the shopper had taught enough of the item today. */
  repeated: number;
  /** Left out because the item had too large a share of what came lately. */
  capped: number;
  /** Events whose clock was ahead. */
  ahead: number;
}

/** Steps that one shopper gives an item in a day. */
export const stepsPerDay = 3;
/** Share of the recent targets beyond which an item learns no more: a robot army moves it so far and no further. */
export const largestShare = 0.2;
const historyLength = 8;
const itemsPerShopper = 200;
const mostShoppers = 50_000;
const dayMs = 86_400_000;

interface Shopper {
  /** Newest first. */
  history: string[];
  day: number;
  /** Steps given today, by item. */
  given: Map<string, number>;
}

/** What a checkpoint keeps. */
export interface PackedLearner {
  offset: number;
  now: number;
  counters: StreamCounters;
  shoppers: [user: string, history: string[], day: number, given: [string, number][]][];
  model: object;
}

/**
 * A fold of the log that teaches a model: each positive event is what came after the last ones of its shopper. The same
 * log gives the same rows, however often it was interrupted: everything that decides is in `pack`.
 */
export class StreamLearner {
  offset = 0;
  readonly counters: StreamCounters = { steps: 0, dropped: 0, repeated: 0, capped: 0, ahead: 0 };
  /** The shopper seen longest ago first. */
  #shoppers = new Map<string, Shopper>();
  #now = 0;

  constructor(
    private readonly model: StreamModel,
    private readonly weights: EventTable,
  ) {}

  /** Events come in log order, each once. */
  async apply(offset: number, event: Event): Promise<void> {
    if (offset !== this.offset) throw new Error(`Event ${offset} applied where ${this.offset} is next`);
    this.offset++;
    const time = this.#clamp(event.time);
    if (event.type === 'identify') return this.#identify(event);
    if (eventWeight(this.weights, event.type) <= 0) return;
    const shopper = this.#shopper(event.user);
    for (const { id } of event.items) {
      await this.#learn(shopper, id, Math.floor(time / dayMs));
      if (shopper.history[0] !== id) shopper.history.unshift(id);
      if (shopper.history.length > historyLength) shopper.history.pop();
    }
  }

  pack(): PackedLearner {
    const shoppers = [...this.#shoppers].map(
      ([user, { history, day, given }]): PackedLearner['shoppers'][number] => [
        user,
        history,
        day,
        [...given],
      ],
    );
    const { offset, counters } = this;
    return { offset, now: this.#now, counters: { ...counters }, shoppers, model: this.model.pack() };
  }

  restore({ offset, now, counters, shoppers, model }: PackedLearner): void {
    this.offset = offset;
    this.#now = now;
    Object.assign(this.counters, counters);
    this.#shoppers = new Map(
      shoppers.map(([user, history, day, given]) => [
        user,
        { history: [...history], day, given: new Map(given) },
      ]),
    );
    this.model.restore(model);
  }

  async #learn(shopper: Shopper, id: string, day: number): Promise<void> {
    if (day > shopper.day) {
      shopper.day = day;
      shopper.given.clear();
    }
    const given = shopper.given.get(id) ?? 0;
    if (given >= stepsPerDay || (given === 0 && shopper.given.size >= itemsPerShopper)) {
      this.counters.repeated++;
      return;
    }
    if (this.model.recentShare(id) > largestShare) {
      this.counters.capped++;
      return;
    }
    shopper.given.set(id, given + 1);
    if (await this.model.learn(shopper.history, id)) this.counters.steps++;
    else if (shopper.history.length > 0) this.counters.dropped++;
  }

  /** The log's own time is the largest so far; an event a day ahead of it may be a wrong clock, not the next day. */
  #clamp(time: number): number {
    if (this.#now > 0 && time > this.#now + farAheadMs) {
      this.counters.ahead++;
      this.#now += 1;
      return this.#now;
    }
    this.#now = Math.max(this.#now, time);
    return time;
  }

  #shopper(user: string): Shopper {
    const known = this.#shoppers.get(user) ?? { history: [], day: 0, given: new Map<string, number>() };
    this.#shoppers.delete(user);
    this.#shoppers.set(user, known);
    if (this.#shoppers.size > mostShoppers) this.#shoppers.delete(this.#shoppers.keys().next().value!);
    return known;
  }

  /** What the device did is the known shopper's now. */
  #identify({ user, context }: Event): void {
    const anonymous = context?.anonymous;
    const from = typeof anonymous === 'string' ? this.#shoppers.get(anonymous) : undefined;
    if (!from || anonymous === user) return;
    this.#shoppers.delete(anonymous as string);
    const into = this.#shopper(user);
    into.history = [...from.history, ...into.history].slice(0, historyLength);
    for (const [id, steps] of from.given) into.given.set(id, (into.given.get(id) ?? 0) + steps);
    into.day = Math.max(into.day, from.day);
  }
}
/** A shop may be silent for a month; a clock that is years ahead is none. */
const farAheadMs = 40 * dayMs;
