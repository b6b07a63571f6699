import type { Event, EventItem, EventTable, Meaning, ProfileEvent } from '../core/index.js';
import { allows, eventWeight, meaningIn } from '../core/index.js';
import { addBought, type BoughtItems, type BoughtLimits, mergeBought } from './bought.js';
import { type Cart, emptyLine, mergeCarts, moveInCart } from './cart.js';
import { addDecayed, type Decayed, day } from './decay.js';
import { type HiddenItems, mergeHidden, setHidden } from './hidden.js';
import { type Given, mergeGiven } from './influence.js';
import { joinedBy } from './owners.js';
import { addRating, mergeRatings, type RatingsGiven, ratingWeight } from './ratings.js';
import { typesKept } from './typeCounts.js';

/** Half-life of a shopper's event counters, ms. */
export const counterHalfLife = 30 * day;
/** Items that stay known as touched beyond the events remembered one by one. */
export const touchedKept = 5_000;
/** Items of one event that are remembered one by one: a huge order does not push everything else out. */
const itemsOfOneEvent = 50;

/** How much is remembered of a shopper. */
export interface ShopperLimits {
  /** Events, one item each. */
  recent: number;
  bought: BoughtLimits;
}

export const defaultShopperLimits: ShopperLimits = {
  recent: 200,
  bought: { items: 1_000, ms: 730 * day },
};

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
  /** Each of these once there was anything in it. */
  cart?: Cart | undefined;
  bought?: BoughtItems | undefined;
  hidden?: HiddenItems | undefined;
  ratings?: RatingsGiven | undefined;
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

/** Shoppers by id, as a fold opens them. */
export interface ShopperBook {
  /** About to change; new where it was never seen. */
  open(user: string): Shopper;
  isKnown(user: string): boolean;
  /** Whether anything is kept of the id: a join of one never seen makes no record of it. */
  isSeen(user: string): boolean;
}

/** Folds an event into the shopper who did it, and into the one it joins them to. */
export function foldIntoShoppers(
  book: ShopperBook,
  event: Event,
  table: EventTable,
  limits: ShopperLimits = defaultShopperLimits,
): void {
  if (event.robot || !allows(event, 'personalise')) return;
  const shopper = book.open(event.user);
  const anonymous = joinedBy(event, (user) => book.isKnown(user));
  if (anonymous !== undefined) shopper.known = true;
  if (anonymous !== undefined && book.isSeen(anonymous)) mergeShoppers(book.open(anonymous), shopper, limits);
  applyToShopper(shopper, event, table, limits);
}

/** Folds in an event that is the shopper's own. */
export function applyToShopper(
  shopper: Shopper,
  event: Event,
  table: EventTable,
  limits: ShopperLimits,
): void {
  shopper.total++;
  shopper.firstSeen = Math.min(shopper.firstSeen, event.time);
  shopper.lastSeen = Math.max(shopper.lastSeen, event.time);
  countType(shopper.counters, event.type, 1, event.time);
  const meaning = meaningIn(table, event.type);
  const weight = eventWeight(table, event.type);
  for (const item of event.items)
    if (!item.unlisted) applyMeaning(shopper, item, event.time, { meaning, weight }, limits);
  // Items of these were shown, not looked at.
  if (meaning === 'impression' || meaning === 'search') return;
  const weighs = meaning === 'rate' ? ratingWeight(weight, event.value, shopper.ratings) : weight;
  let kept = 0;
  for (const item of event.items) {
    if (item.unlisted) continue;
    if (kept++ < itemsOfOneEvent) insert(shopper.events, remembered(event, item, weighs));
    else touch(shopper, item.id);
  }
  if (meaning === 'rate' && event.value !== undefined) {
    shopper.ratings ??= { count: 0, sum: 0, largest: 0 };
    addRating(shopper.ratings, event.value);
  }
  forgetOldest(shopper, limits.recent);
}

/** What an event changes in what the shopper has, wants and does not want. */
function applyMeaning(
  shopper: Shopper,
  { id, quantity = 1 }: EventItem,
  time: number,
  { meaning, weight }: { meaning: Meaning | undefined; weight: number },
  limits: ShopperLimits,
): void {
  switch (meaning) {
    case 'cart':
      shopper.cart ??= new Map();
      moveInCart(shopper.cart, id, time, quantity);
      break;
    case 'uncart':
      shopper.cart ??= new Map();
      moveInCart(shopper.cart, id, time, -quantity);
      break;
    case 'purchase':
      shopper.cart ??= new Map();
      emptyLine(shopper.cart, id, time);
      shopper.bought ??= new Map();
      addBought(shopper.bought, id, quantity, time, limits.bought);
      break;
    case 'refund':
      shopper.bought ??= new Map();
      addBought(shopper.bought, id, -quantity, time, limits.bought);
      break;
    case 'dislike':
    case 'hide':
      shopper.hidden ??= new Map();
      setHidden(shopper.hidden, id, time, true);
      break;
    case 'undo':
      // What has a weight takes back a wish; see `holds`.
      if (weight < 0) break;
      shopper.hidden ??= new Map();
      setHidden(shopper.hidden, id, time, false);
      break;
  }
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

/**
 * Moves what `from` did into `into`. `from` is as new, but for what it gave to items: whoever signs in again and again
 * counts once.
 */
function mergeShoppers(from: Shopper, into: Shopper, limits: ShopperLimits): void {
  for (const event of from.events) insert(into.events, event);
  for (const item of from.touched ?? []) touch(into, item);
  forgetOldest(into, limits.recent);
  for (const { type, value, at } of from.counters) countType(into.counters, type, value, at);
  mergeParts(from, into, limits);
  mergeGiven(from.given, into.given);
  into.total += from.total;
  into.firstSeen = Math.min(into.firstSeen, from.firstSeen);
  into.lastSeen = Math.max(into.lastSeen, from.lastSeen);
  const { given } = from;
  Object.assign(from, newShopper(), { given });
  for (const part of ['cart', 'bought', 'hidden', 'ratings', 'touched'] as const) delete from[part];
}

function mergeParts({ cart, bought, hidden, ratings }: Shopper, into: Shopper, limits: ShopperLimits): void {
  into.cart ??= cart && new Map();
  into.bought ??= bought && new Map();
  into.hidden ??= hidden && new Map();
  into.ratings ??= ratings && { count: 0, sum: 0, largest: 0 };
  if (cart) mergeCarts(cart, into.cart!);
  if (bought) mergeBought(bought, into.bought!, limits.bought);
  if (hidden) mergeHidden(hidden, into.hidden!);
  if (ratings) mergeRatings(ratings, into.ratings!);
}
