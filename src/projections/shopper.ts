import type { Event, EventItem, EventWeights, Profile, ProfileEvent } from '../core/index.js';
import { allows, eventWeight } from '../core/index.js';
import { addDecayed, type Decayed, day, decayedAt } from './decay.js';
import { type Given, mergeGiven } from './influence.js';
import { joinedBy } from './owners.js';
import { typesKept } from './typeCounts.js';

/** Half-life of a shopper's event counters, ms. */
const counterHalfLife = 30 * day;
export const cartLimit = 200;
/** Items that stay known as touched beyond the events remembered one by one. */
export const touchedKept = 5_000;

/** How often events of a type came, with decay. */
export interface Counter extends Decayed {
  type: string;
}

/** What is kept of one shopper. */
export interface Shopper {
  /** An anonymous id was joined to this one. */
  known?: boolean;
  /** Oldest first by time; equal times in log order. */
  events: ProfileEvent[];
  /** Items of events that fell out of `events`, once there were any: the newest `touchedKept`. */
  touched?: Set<string>;
  /** One a type; few, so that a search through them is faster than a map, and much smaller. */
  counters: Counter[];
  /** Units by item, once there were any. */
  cart?: Map<string, number>;
  /** What they gave to items; see `Influence`. */
  given: Given;
  total: number;
  firstSeen: number;
  lastSeen: number;
}

export function newShopper(): Shopper {
  return {
    events: [],
    counters: [],
    given: [],
    total: 0,
    firstSeen: Infinity,
    lastSeen: -Infinity,
  };
}

/** As plain data. A map travels as pairs: names come from outside, and a key `__proto__` would not survive as one. */
export function dumpShopper({ cart, touched, ...rest }: Shopper): object {
  return { ...rest, cart: cart ? [...cart] : [], ...(touched && { touched: [...touched] }) };
}

export function restoreShopper(dumped: object): Shopper {
  const { cart, touched, ...rest } = dumped as Omit<Shopper, 'cart' | 'touched'> & {
    cart: [string, number][];
    touched?: string[];
  };
  return {
    ...rest,
    ...(cart.length > 0 && { cart: new Map(cart) }),
    ...(touched && { touched: new Set(touched) }),
  };
}

/** Shoppers by id, as a fold opens them. */
export interface ShopperBook {
  /** About to change; new where it was never seen. */
  open(user: string): Shopper;
  isKnown(user: string): boolean;
  /** Whether anything is kept of the id: a join of one never seen makes no record of it. */
  isSeen(user: string): boolean;
}

/** Folds an event into the shopper who did it, and into the one it joins them to; `limit` events are remembered. */
export function foldIntoShoppers(
  book: ShopperBook,
  event: Event,
  weights: EventWeights,
  limit: number,
): void {
  if (event.robot || !allows(event, 'personalise')) return;
  const shopper = book.open(event.user);
  const anonymous = joinedBy(event, (user) => book.isKnown(user));
  if (anonymous !== undefined) shopper.known = true;
  if (anonymous !== undefined && book.isSeen(anonymous)) mergeShoppers(book.open(anonymous), shopper, limit);
  applyToShopper(shopper, event, weights, limit);
}

function applyToShopper(shopper: Shopper, event: Event, weights: EventWeights, limit: number): void {
  shopper.total++;
  shopper.firstSeen = Math.min(shopper.firstSeen, event.time);
  shopper.lastSeen = Math.max(shopper.lastSeen, event.time);
  countType(shopper.counters, event.type, 1, event.time);
  updateCart(shopper, event);
  // Items of these were shown, not looked at.
  if (event.type === 'impression' || event.type === 'search') return;
  const weight = eventWeight(weights, event.type);
  for (const item of event.items) if (!item.unlisted) insert(shopper.events, remembered(event, item, weight));
  forgetOldest(shopper, limit);
}

function remembered(event: Event, { id, quantity, price }: EventItem, weight: number): ProfileEvent {
  const { type, time, value } = event;
  // The usual shape at once: an object that grows field by field takes twice the room, and these stay.
  if (quantity !== undefined && price !== undefined && value === undefined)
    return { item: id, type, time, weight, quantity, price };
  const kept: ProfileEvent = { item: id, type, time, weight };
  if (value !== undefined) kept.value = value;
  if (quantity !== undefined) kept.quantity = quantity;
  if (price !== undefined) kept.price = price;
  return kept;
}

/** Events arrive almost in time order, so the place is nearly always the end. */
function insert(events: ProfileEvent[], event: ProfileEvent): void {
  let at = events.length;
  while (at > 0 && events[at - 1]!.time > event.time) at--;
  if (at === events.length) events.push(event);
  else events.splice(at, 0, event);
}

/** Events beyond the limit are remembered by their items alone. */
function forgetOldest(shopper: Shopper, limit: number): void {
  const beyond = shopper.events.length - limit;
  if (beyond <= 0) return;
  for (const { item } of shopper.events.splice(0, beyond)) touch(shopper, item);
}

function touch(shopper: Shopper, item: string): void {
  shopper.touched ??= new Set();
  shopper.touched.delete(item);
  shopper.touched.add(item);
  if (shopper.touched.size > touchedKept) shopper.touched.delete(shopper.touched.values().next().value!);
}

function countType(counters: Counter[], type: string, value: number, at: number): void {
  const counter = counters.find((each) => each.type === type);
  if (counter) addDecayed(counter, value, at, counterHalfLife);
  else if (counters.length < typesKept) counters.push({ type, value, at });
}

const cartSigns = new Map([
  ['add_to_cart', 1],
  ['remove_from_cart', -1],
  ['purchase', -1],
]);

function updateCart(shopper: Shopper, event: Event): void {
  const sign = cartSigns.get(event.type);
  if (sign === undefined || (sign < 0 && !shopper.cart)) return;
  shopper.cart ??= new Map();
  for (const { id, quantity = 1, unlisted } of event.items) {
    if (!unlisted) addToCart(shopper.cart, id, sign * (event.type === 'purchase' ? Infinity : quantity));
  }
}

function addToCart(cart: Map<string, number>, id: string, units: number): void {
  const left = (cart.get(id) ?? 0) + units;
  if (left <= 0) cart.delete(id);
  else if (cart.has(id) || cart.size < cartLimit) cart.set(id, left);
}

/**
 * Moves what `from` did into `into`. `from` is as new, but for what it gave to items: whoever signs in again and again
 * counts once.
 */
function mergeShoppers(from: Shopper, into: Shopper, limit: number): void {
  for (const event of from.events) insert(into.events, event);
  for (const item of from.touched ?? []) touch(into, item);
  forgetOldest(into, limit);
  for (const { type, value, at } of from.counters) countType(into.counters, type, value, at);
  if (from.cart) into.cart ??= new Map();
  for (const [id, units] of from.cart ?? []) addToCart(into.cart!, id, units);
  mergeGiven(from.given, into.given);
  into.total += from.total;
  into.firstSeen = Math.min(into.firstSeen, from.firstSeen);
  into.lastSeen = Math.max(into.lastSeen, from.lastSeen);
  const { given } = from;
  Object.assign(from, newShopper(), { given });
  delete from.cart;
  delete from.touched;
}

/** The public view of a shopper at `now`. */
export function profileOf(user: string, shopper: Shopper | undefined, now: number): Profile {
  if (!shopper) return { user, events: [], total: 0, counters: {} };
  const counters = shopper.counters.map(
    (counter) => [counter.type, decayedAt(counter, now, counterHalfLife)] as const,
  );
  const { total, firstSeen, lastSeen } = shopper;
  const seen = total > 0 ? { firstSeen, lastSeen } : {};
  const touched = shopper.touched ? { touchedBefore: shopper.touched } : {};
  return {
    user,
    events: shopper.events.slice(),
    ...touched,
    total,
    counters: Object.fromEntries(counters),
    ...seen,
  };
}
