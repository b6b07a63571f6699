import type { Event, EventWeights, Profile, ProfileEvent } from '../core/index.js';
import { eventWeight } from '../core/index.js';
import { addDecayed, type Decayed, decayedAt } from './decay.js';
import { day } from './items.js';
import { own, put } from './own.js';

/** Half-life of a shopper's event counters, ms. */
const counterHalfLife = 30 * day;
const cartLimit = 200;

/** What is kept of one shopper; `alias` when this id was merged into another. */
export interface Shopper {
  alias?: string;
  /** Oldest first by time; equal times in log order. */
  events: ProfileEvent[];
  counters: Record<string, Decayed>;
  cart: Record<string, number>;
  total: number;
  firstSeen: number;
  lastSeen: number;
}

export function newShopper(): Shopper {
  return { events: [], counters: {}, cart: {}, total: 0, firstSeen: Infinity, lastSeen: -Infinity };
}

export function applyToShopper(shopper: Shopper, event: Event, weights: EventWeights, limit: number): void {
  shopper.total++;
  shopper.firstSeen = Math.min(shopper.firstSeen, event.time);
  shopper.lastSeen = Math.max(shopper.lastSeen, event.time);
  const counter =
    own(shopper.counters, event.type) ?? put(shopper.counters, event.type, { value: 0, at: event.time });
  addDecayed(counter, 1, event.time, counterHalfLife);
  updateCart(shopper.cart, event);
  if (event.type === 'impression') return;
  const weight = eventWeight(weights, event.type);
  for (const item of event.items) insert(shopper.events, remembered(event, item, weight));
  if (shopper.events.length > limit) shopper.events.splice(0, shopper.events.length - limit);
}

function remembered(event: Event, item: Event['items'][number], weight: number): ProfileEvent {
  const kept: ProfileEvent = { item: item.id, type: event.type, time: event.time, weight };
  if (event.value !== undefined) kept.value = event.value;
  if (item.quantity !== undefined) kept.quantity = item.quantity;
  if (item.price !== undefined) kept.price = item.price;
  return kept;
}

/** Events arrive almost in time order, so the place is nearly always the end. */
function insert(events: ProfileEvent[], event: ProfileEvent): void {
  let at = events.length;
  while (at > 0 && events[at - 1]!.time > event.time) at--;
  if (at === events.length) events.push(event);
  else events.splice(at, 0, event);
}

function updateCart(cart: Record<string, number>, event: Event): void {
  const sign = { add_to_cart: 1, remove_from_cart: -1, purchase: -1 }[event.type];
  if (sign === undefined) return;
  for (const { id, quantity } of event.items) {
    const units = event.type === 'purchase' ? Infinity : (quantity ?? 1);
    const left = (own(cart, id) ?? 0) + sign * units;
    if (left <= 0) delete cart[id];
    else if (Object.hasOwn(cart, id) || Object.keys(cart).length < cartLimit) cart[id] = left;
  }
}

/** Moves everything of `from` into `into`; `from` becomes an alias. */
export function mergeShoppers(from: Shopper, into: Shopper, known: string, limit: number): void {
  for (const event of from.events) insert(into.events, event);
  if (into.events.length > limit) into.events.splice(0, into.events.length - limit);
  for (const [type, counter] of Object.entries(from.counters)) {
    const known = own(into.counters, type);
    if (known) addDecayed(known, counter.value, counter.at, counterHalfLife);
    else put(into.counters, type, { ...counter });
  }
  for (const [id, units] of Object.entries(from.cart)) into.cart[id] = (own(into.cart, id) ?? 0) + units;
  into.total += from.total;
  into.firstSeen = Math.min(into.firstSeen, from.firstSeen);
  into.lastSeen = Math.max(into.lastSeen, from.lastSeen);
  Object.assign(from, newShopper(), { alias: known });
}

/** The public view of a shopper at `now`. */
export function profileOf(user: string, shopper: Shopper | undefined, now: number): Profile {
  if (!shopper) return { user, events: [], total: 0, counters: {} };
  const counters = Object.entries(shopper.counters).map(
    ([type, counter]) => [type, decayedAt(counter, now, counterHalfLife)] as const,
  );
  const { total, firstSeen, lastSeen } = shopper;
  const seen = total > 0 ? { firstSeen, lastSeen } : {};
  return { user, events: shopper.events.slice(), total, counters: Object.fromEntries(counters), ...seen };
}
