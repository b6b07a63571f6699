import { type Event, type EventTable, eventWeight, keepLatest } from '../../core/index.js';

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
/** Shoppers that what learns from the stream remembers; the one seen longest ago is forgotten. */
export const mostShoppers = 50_000;
const historyLength = 8;
const itemsPerShopper = 200;
const dayMs = 86_400_000;
/** A shop may be silent for a month; a clock that is years ahead is none. */
const farAheadMs = 40 * dayMs;

interface Shopper {
  /** Newest first. */
  history: string[];
  day: number;
  /** Steps given today, by item. */
  given: Map<string, number>;
}

/** One item that a shopper came to, where it may teach. */
export interface StreamStep {
  user: string;
  item: string;
  /** What the shopper came from, newest first; good until the next step. */
  history: readonly string[];
  /** ms, a wrong clock set right. */
  time: number;
  /** What the event says of taste, above 0. */
  weight: number;
}

/** What a checkpoint keeps. */
export interface PackedAdmission {
  now: number;
  counters: StreamCounters;
  shoppers: [user: string, history: string[], day: number, given: [string, number][]][];
}

/**
 * Which events of the log may teach, and how often: positive ones, of a shopper at most `stepsPerDay` for an item, of an
 * item at most its share of what came lately. A fold of the log: the same log lets the same steps through.
 */
export class Admission {
  readonly counters: StreamCounters = { steps: 0, dropped: 0, repeated: 0, capped: 0, ahead: 0 };
  /** The shopper seen longest ago first. */
  #shoppers = new Map<string, Shopper>();
  #now = 0;

  constructor(private readonly weights: EventTable) {}

  /** Steps of an event, each to be taken before the next is asked for. `recentShare`: an item's among recent targets. */
  *steps(event: Event, recentShare: (id: string) => number): Iterable<StreamStep> {
    const time = this.#clamp(event.time);
    if (event.type === 'identify') return this.#identify(event);
    const weight = eventWeight(this.weights, event.type);
    if (!(weight > 0)) return;
    const { user } = event;
    const shopper = this.#shopper(user);
    for (const { id } of event.items) {
      const { history } = shopper;
      if (this.#admits(shopper, id, Math.floor(time / dayMs), recentShare))
        yield { user, item: id, history, time, weight };
      if (history[0] !== id) history.unshift(id);
      if (history.length > historyLength) history.pop();
    }
  }

  pack(): PackedAdmission {
    const shoppers = [...this.#shoppers].map(
      ([user, { history, day, given }]): PackedAdmission['shoppers'][number] => [
        user,
        history,
        day,
        [...given],
      ],
    );
    return { now: this.#now, counters: { ...this.counters }, shoppers };
  }

  restore({ now, counters, shoppers }: PackedAdmission): void {
    this.#now = now;
    Object.assign(this.counters, counters);
    this.#shoppers = new Map(
      shoppers.map(([user, history, day, given]) => [
        user,
        { history: [...history], day, given: new Map(given) },
      ]),
    );
  }

  #admits(shopper: Shopper, id: string, day: number, recentShare: (id: string) => number): boolean {
    if (day > shopper.day) {
      shopper.day = day;
      shopper.given.clear();
    }
    const given = shopper.given.get(id) ?? 0;
    if (given >= stepsPerDay || (given === 0 && shopper.given.size >= itemsPerShopper)) {
      this.counters.repeated++;
      return false;
    }
    if (recentShare(id) > largestShare) {
      this.counters.capped++;
      return false;
    }
    shopper.given.set(id, given + 1);
    return true;
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
    keepLatest(this.#shoppers, mostShoppers);
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
