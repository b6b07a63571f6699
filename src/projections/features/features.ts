import { type Event, type EventTable, eventWeight, keepLatest } from '../../core/index.js';

/** What one item looks like at a moment, to one shopper: the same numbers at training and at a request. */
export interface Features {
  /** Events of the item in the last hour, day and week. */
  hour: number;
  day: number;
  week: number;
  /** Weight of its events, halved every day. */
  rate: number;
  /** Hours since its last event, at most 24 · 365. */
  recency: number;
  /** Where its last price stands among those of its category: share of cheaper ones, .5 where none is known. */
  pricePosition: number;
  /** Share of the shopper's decayed weight that fell on its category. */
  affinity: number;
  /** Shoppers who touched it right after what this shopper touched last, as a share of those who touched that. */
  together: number;
}

export const clockAheadMs = 5 * 60_000;
const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const buckets = 7 * 24;
const oldestHours = 24 * 365;
const partnersKept = 100;
const bins = 32;
const mostShoppers = 100_000;

interface ItemFeatures {
  /** Events by hour of the last week; `hours[h % buckets]` belongs to the hour `h` if `at[…]` says so. */
  hours: Uint32Array;
  at: Uint32Array;
  rate: number;
  rateTime: number;
  last: number;
  price: number;
  priceTime: number;
  category: string;
  /** How often each item came right after this one. */
  after: Map<string, number>;
  followed: number;
}

interface ShopperFeatures {
  categories: Map<string, { weight: number; time: number }>;
  last: string;
  lastTime: number;
}

/**
 * Features by one definition: a fold of events, over the live stream as over history, read at any moment `now` that is
 * not before the last event. Counts and rates are by the event's own time and do not depend on the order of arrival: a
 * late event is worth what it still would be. What came right after what depends on the order of the log, and is the same
 * for the same log. A clock more than five minutes ahead of arrival is set back to arrival, and counted.
 */
export class FeatureStore {
  /** Events whose clock was ahead. */
  ahead = 0;
  readonly #items = new Map<string, ItemFeatures>();
  readonly #shoppers = new Map<string, ShopperFeatures>();
  /** Prices by category, on a logarithmic grid. */
  readonly #prices = new Map<string, Uint32Array>();

  constructor(
    private readonly weights: EventTable,
    private readonly categoryOf: (item: string) => string | undefined,
  ) {}

  /** `arrival`: when the log took it, ms; a replay gives the same. */
  apply(event: Event, arrival: number): void {
    const weight = eventWeight(this.weights, event.type);
    let { time } = event;
    if (time > arrival + clockAheadMs) {
      this.ahead++;
      time = arrival;
    }
    if (weight <= 0) return;
    const shopper = this.#shopper(event.user);
    for (const { id, price } of event.items) {
      const item = this.#item(id);
      count(item, time);
      ({ value: item.rate, time: item.rateTime } = decayed(item.rate, item.rateTime, weight, time));
      item.last = Math.max(item.last, time);
      if (price !== undefined && price > 0 && Number.isFinite(price) && time >= item.priceTime)
        this.#setPrice(item, price, time);
      this.#touch(shopper, id, item.category, weight, time);
    }
  }

  features(user: string, id: string, now: number): Features {
    const item = this.#items.get(id);
    const shopper = this.#shoppers.get(user);
    if (!item)
      return {
        hour: 0,
        day: 0,
        week: 0,
        rate: 0,
        recency: oldestHours,
        pricePosition: 0.5,
        affinity: 0,
        together: 0,
      };
    return {
      hour: within(item, now, 1),
      day: within(item, now, 24),
      week: within(item, now, buckets),
      rate: item.rate * halved(now - item.rateTime),
      recency: Math.min(oldestHours, Math.max(0, now - item.last) / hourMs),
      pricePosition: this.#pricePosition(item),
      affinity: affinityOf(shopper, item.category, now),
      together: this.#together(shopper, id),
    };
  }

  #item(id: string): ItemFeatures {
    let item = this.#items.get(id);
    if (!item) {
      const category = this.categoryOf(id) ?? '';
      item = {
        hours: new Uint32Array(buckets),
        at: new Uint32Array(buckets),
        rate: 0,
        rateTime: 0,
        last: 0,
        price: 0,
        priceTime: 0,
        category,
        after: new Map(),
        followed: 0,
      };
      this.#items.set(id, item);
    }
    return item;
  }

  #shopper(user: string): ShopperFeatures {
    const shopper = this.#shoppers.get(user) ?? { categories: new Map(), last: '', lastTime: 0 };
    this.#shoppers.delete(user);
    this.#shoppers.set(user, shopper);
    keepLatest(this.#shoppers, mostShoppers);
    return shopper;
  }

  #touch(shopper: ShopperFeatures, id: string, category: string, weight: number, time: number): void {
    const known = shopper.categories.get(category) ?? { weight: 0, time: 0 };
    const next = decayed(known.weight, known.time, weight, time);
    shopper.categories.set(category, { weight: next.value, time: next.time });
    const before = this.#items.get(shopper.last);
    if (before && shopper.last !== id && time - shopper.lastTime <= dayMs) {
      before.followed++;
      const times = before.after.get(id);
      // A full list takes no newcomer: the partners that are there were first, and the bound holds.
      if (times !== undefined || before.after.size < partnersKept) before.after.set(id, (times ?? 0) + 1);
    }
    shopper.last = id;
    shopper.lastTime = time;
  }

  #setPrice(item: ItemFeatures, price: number, time: number): void {
    const prices = this.#prices.get(item.category) ?? new Uint32Array(bins);
    this.#prices.set(item.category, prices);
    if (item.price > 0) prices[binOf(item.price)]!--;
    prices[binOf(price)]!++;
    item.price = price;
    item.priceTime = time;
  }

  #pricePosition({ price, category }: ItemFeatures): number {
    const prices = this.#prices.get(category);
    if (!prices || price <= 0) return 0.5;
    const own = binOf(price);
    let cheaper = 0;
    let all = 0;
    prices.forEach((count, bin) => {
      all += count;
      if (bin < own) cheaper += count;
      else if (bin === own) cheaper += count / 2;
    });
    return cheaper / all;
  }

  #together(shopper: ShopperFeatures | undefined, id: string): number {
    const before = shopper && this.#items.get(shopper.last);
    return before && before.followed > 0 ? (before.after.get(id) ?? 0) / before.followed : 0;
  }
}

function count({ hours, at }: ItemFeatures, time: number): void {
  const hour = Math.floor(time / hourMs);
  const slot = hour % buckets;
  if (at[slot]! > hour) return;
  if (at[slot]! < hour) hours[slot] = 0;
  at[slot] = hour;
  hours[slot]!++;
}

/** Events of the last so many whole hours, the running one among them. */
function within({ hours, at }: ItemFeatures, now: number, span: number): number {
  const last = Math.floor(now / hourMs);
  let sum = 0;
  for (let slot = 0; slot < buckets; slot++)
    if (at[slot]! > last - span && at[slot]! <= last) sum += hours[slot]!;
  return sum;
}

function decayed(value: number, time: number, weight: number, at: number): { value: number; time: number } {
  if (at >= time) return { value: value * halved(at - time) + weight, time: at };
  return { value: value + weight * halved(time - at), time };
}

function halved(ageMs: number): number {
  return 2 ** (-Math.max(0, ageMs) / dayMs);
}

function affinityOf(shopper: ShopperFeatures | undefined, category: string, now: number): number {
  if (!shopper) return 0;
  let all = 0;
  let own = 0;
  for (const [name, { weight, time }] of shopper.categories) {
    const left = weight * halved(now - time);
    all += left;
    if (name === category) own = left;
  }
  return all > 0 ? own / all : 0;
}

/** Prices of .01 … 1,000,000 on 32 steps. */
function binOf(price: number): number {
  const share = Math.log(price / 0.01) / Math.log(1e8);
  return Math.min(bins - 1, Math.max(0, Math.floor(bins * share)));
}
