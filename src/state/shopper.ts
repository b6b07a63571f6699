import type { Event, EventWeights, Profile, ProfileEvent } from '../core/index.js';
import { eventWeight } from '../core/index.js';
import { addDecayed, type Decayed, day, decayedAt } from './decay.js';
import { typesKept } from './typeCounts.js';

/** Half-life of a shopper's event counters, ms. */
const counterHalfLife = 30 * day;
const cartLimit = 200;

/** What is kept of one shopper; `alias` when this id was merged into another. */
export interface Shopper {
  alias?: string;
  /** Longest chain of aliases that ends here. */
  depth: number;
  /** Oldest first by time; equal times in log order. */
  events: ProfileEvent[];
  /** By type. */
  counters: Map<string, Decayed>;
  /** Units by item. */
  cart: Map<string, number>;
  total: number;
  firstSeen: number;
  lastSeen: number;
}

export function newShopper(): Shopper {
  return {
    depth: 0,
    events: [],
    counters: new Map(),
    cart: new Map(),
    total: 0,
    firstSeen: Infinity,
    lastSeen: -Infinity,
  };
}

/** As plain data. Maps travel as pairs: names come from outside, and a key `__proto__` would not survive as one. */
export function dumpShopper({ counters, cart, ...rest }: Shopper): object {
  return { ...rest, counters: [...counters], cart: [...cart] };
}

export function restoreShopper(dumped: object): Shopper {
  const { counters, cart, ...rest } = dumped as Omit<Shopper, 'counters' | 'cart'> & {
    counters: [string, Decayed][];
    cart: [string, number][];
  };
  return { ...rest, counters: new Map(counters), cart: new Map(cart) };
}

export function applyToShopper(shopper: Shopper, event: Event, weights: EventWeights, limit: number): void {
  shopper.total++;
  shopper.firstSeen = Math.min(shopper.firstSeen, event.time);
  shopper.lastSeen = Math.max(shopper.lastSeen, event.time);
  countType(shopper.counters, event.type, { value: 1, at: event.time });
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

function countType(counters: Map<string, Decayed>, type: string, more: Decayed): void {
  const counter = counters.get(type);
  if (counter) addDecayed(counter, more.value, more.at, counterHalfLife);
  else if (counters.size < typesKept) counters.set(type, { ...more });
}

const cartSigns = new Map([
  ['add_to_cart', 1],
  ['remove_from_cart', -1],
  ['purchase', -1],
]);

function updateCart(cart: Map<string, number>, event: Event): void {
  const sign = cartSigns.get(event.type);
  if (sign === undefined) return;
  for (const { id, quantity = 1 } of event.items) {
    addToCart(cart, id, sign * (event.type === 'purchase' ? Infinity : quantity));
  }
}

function addToCart(cart: Map<string, number>, id: string, units: number): void {
  const left = (cart.get(id) ?? 0) + units;
  if (left <= 0) cart.delete(id);
  else if (cart.has(id) || cart.size < cartLimit) cart.set(id, left);
}

/** Moves everything of `from` into `into`; `from` becomes an alias. */
export function mergeShoppers(from: Shopper, into: Shopper, known: string, limit: number): void {
  for (const event of from.events) insert(into.events, event);
  if (into.events.length > limit) into.events.splice(0, into.events.length - limit);
  for (const [type, counter] of from.counters) countType(into.counters, type, counter);
  for (const [id, units] of from.cart) addToCart(into.cart, id, units);
  into.depth = Math.max(into.depth, from.depth + 1);
  into.total += from.total;
  into.firstSeen = Math.min(into.firstSeen, from.firstSeen);
  into.lastSeen = Math.max(into.lastSeen, from.lastSeen);
  Object.assign(from, newShopper(), { alias: known });
}

/** The public view of a shopper at `now`. */
export function profileOf(user: string, shopper: Shopper | undefined, now: number): Profile {
  if (!shopper) return { user, events: [], total: 0, counters: {} };
  const counters = Array.from(
    shopper.counters,
    ([type, counter]) => [type, decayedAt(counter, now, counterHalfLife)] as const,
  );
  const { total, firstSeen, lastSeen } = shopper;
  const seen = total > 0 ? { firstSeen, lastSeen } : {};
  return { user, events: shopper.events.slice(), total, counters: Object.fromEntries(counters), ...seen };
}
