import type { Purpose } from './consent.js';

/** A value a site may attach to an event or an item. */
export type Scalar = string | number | boolean | null;

/** One item touched by an event. `price` is the unit price in `Event.currency`. */
export interface EventItem {
  id: string;
  quantity?: number;
  price?: number;
  /**
   * Set where the event is taken in, never by a sender: a public key named an item that the shop does not know. The
   * event is kept as it came, and the item counts nowhere.
   */
  unlisted?: true;
}

/**
 * One thing a shopper did: the only input of Endcap. Everything else is derived from the log of these.
 * `id` makes ingestion idempotent; `time` is in milliseconds since 1970 (UTC).
 */
export interface Event {
  id: string;
  type: string;
  user: string;
  session?: string;
  items: EventItem[];
  query?: string;
  /** Rating, watch time, amount: its meaning belongs to `type`. */
  value?: number;
  currency?: string;
  time: number;
  context?: Record<string, Scalar>;
  /** `recommendationId` of the response that led to this event. */
  attribution?: string;
  /** Purposes the shopper agreed to; absent: the shop has its own ground for all. See `allows`. */
  consent?: Purpose[];
  /** What a robot did: kept, and counted nowhere. */
  robot?: boolean;
  /** Name of the key that sent it; absent: an import, or this machine. An event's id is unique within shopper and key. */
  key?: string;
  /** When the server took it, ms; set where a page says so, which may say any time: it counts as of then. */
  received?: number;
}

/** Types that mean something to Endcap by themselves. Others get their weight from configuration. */
export const knownEventTypes = [
  'view',
  'search',
  'add_to_cart',
  'remove_from_cart',
  'purchase',
  'refund',
  'rate',
  'wish',
  'impression',
  'click',
  'identify',
] as const;

/** How much an event of a type says about taste: 0 is none, negative is dislike. */
export type EventWeights = Readonly<Record<string, number>>;

export const defaultEventWeights: EventWeights = {
  view: 1,
  click: 1,
  wish: 2,
  add_to_cart: 3,
  rate: 3,
  purchase: 5,
  play: 1,
  read: 1,
  like: 3,
  share: 4,
  follow: 4,
  search: 0,
  impression: 0,
  identify: 0,
  remove_from_cart: -1,
  refund: -3,
};

/** Weight of `type`; an unknown type counts as a view so that a new site works before it is configured. */
export function eventWeight(weights: EventWeights, type: string): number {
  return Object.hasOwn(weights, type) ? weights[type]! : 1;
}

/** The rating an event gives, NaN when it gives none: the value of another type is an amount or a time. */
export function ratingOf({ type, value }: { type: string; value?: number | undefined }): number {
  return type === 'rate' && value !== undefined ? value : Number.NaN;
}

/** What is left of an event that was erased: a place in the log, so that no other moves. */
export function erasedEvent(): Event {
  return { id: '', type: 'erased', user: '', items: [], time: 0 };
}

/** Only the log itself can hold such an event: nobody may send one without a shopper. */
export const isErased = ({ type, user }: Event): boolean => user === '' && type === 'erased';
