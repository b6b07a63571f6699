import type { Purpose } from './consent.js';

/** A value a site may attach to an event or an item. */
export type Scalar = string | number | boolean | null;

/** One item touched by an event. `price` is the unit price in `Event.currency`. */
export interface EventItem {
  id: string;
  quantity?: number;
  price?: number;
  /**
   * Set where the event is taken in, never by a sender: a public key named an item that the shop does not know, or a server
   * one beyond `limits.unlistedItems`. The event is kept as it came, and the item counts nowhere.
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
