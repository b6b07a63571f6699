import type {
  Event,
  Item,
  Profile,
  RecommendRequest,
  RecommendResponse,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
} from '../../../src/core/index.js';
import { Attribution } from './attribution.js';
import { type ApiFault, EndcapApiError } from './errors.js';
import { onLeave, sendOnLeave } from './leave.js';
import { EventQueue, type QueueStorage } from './queue.js';
import { createTransport, pause } from './transport.js';

export type {
  Event,
  EventItem,
  FoundItem,
  Item,
  Lift,
  Reason,
  RecommendedItem,
  RecommendResponse,
  Scenario,
  Spans,
  Suggestion,
} from '../../../src/core/index.js';
export { type ApiFault, EndcapApiError, type Problem } from './errors.js';
export type { QueueStorage } from './queue.js';
export type { Profile, RecommendRequest, SearchRequest, SearchResponse, SuggestRequest, SuggestResponse };

/** An offer for one item, as a shopper is given it. Prices are in the item's currency, times in ms. */
export interface Offer {
  id: string;
  offer: string;
  name: string;
  item: string;
  /** From 0 to 1. */
  discount: number;
  price: number;
  fullPrice: number;
  until: number;
}

/** An event as a site writes it: id, user, session, time and attribution are filled in where they are missing. */
export type TrackedEvent = Partial<Omit<Event, 'type'>> & { type: string };

/** What became of one event. `latency` is the time from `track` to the answer, ms; an earlier page's event has none. */
export interface Receipt {
  event: Event;
  status: 'accepted' | 'duplicate' | 'rejected' | 'not_kept' | 'dropped';
  latency?: number;
  /** Where the log holds it, if the server says so. */
  offset?: number;
  error?: ApiFault | EndcapApiError;
}

export interface ClientOptions {
  /** Origin of the server, e.g. `https://shop.example`; '' for the page's own. */
  baseUrl: string;
  key?: string;
  /** Shopper of events and requests that name none: `anonymousId()`, or a known one with a token. */
  user?: string;
  /** What says that this page may act for the known shopper, from your server (see `@endcap/client/server`). */
  token?: string | (() => string | Promise<string>);
  session?: string;
  /** Called once for each event that was answered, refused, or dropped because the queue was full. */
  onReceipt?: (receipt: Receipt) => void;
  /** Events in one request, default 50 (the server takes 100 from a page, 1,000 from a server). */
  batchSize?: number;
  /** Longest time an event waits for company, ms, default 300. */
  batchDelay?: number;
  /** Unsent events kept, default 1,000; then the oldest go, and `onReceipt` hears of it. */
  queueLimit?: number;
  retries?: number;
  /** First pause between tries, ms, default 250; doubles, with full jitter. */
  backoff?: number;
  timeout?: number;
  /** Where unsent events survive the page: `localStorage` in browsers by default; null for nowhere. */
  storage?: QueueStorage | null;
  fetch?: typeof fetch;
}

/** Categories of one step, and how many there are; `count` is how often items name one or what lies below it. */
export interface Categories {
  categories: { name: string; count: number }[];
  total: number;
}

export interface Client {
  readonly user: string | undefined;
  /** Queues one event and returns it as it will be sent; it goes out with the next batch. */
  track(event: TrackedEvent): Event;
  /** Sends what is queued; resolves when all of it is answered, rejects if the server stays out of reach. */
  flush(): Promise<void>;
  /** Number of events not acknowledged yet. */
  readonly pending: number;
  recommend(request: Omit<RecommendRequest, 'user'> & { user?: string }): Promise<RecommendResponse>;
  /** The offers of the shopper now; none where the shop makes none. */
  offers(user?: string): Promise<Offer[]>;
  /** Finds items; tell the server of it with `track({ type: 'search', query, items, attribution: searchId })`. */
  search(request: Omit<SearchRequest, 'user'> & { user?: string }): Promise<SearchResponse>;
  /** Completes what is typed. */
  suggest(request: Omit<SuggestRequest, 'user'> & { user?: string }): Promise<SuggestResponse>;
  /** The categories one step below a path such as `Home > Kitchen`, or the first steps; the largest first. */
  categories(below?: string, count?: number): Promise<Categories>;
  item(id: string): Promise<Item>;
  putItems(items: readonly Item[]): Promise<unknown>;
  profile(user?: string): Promise<Profile>;
  /** Sends what is queued, then stops timers and listeners. What could not be sent stays in the storage. */
  close(): Promise<void>;
}

interface EventAnswer {
  id: string;
  status: 'accepted' | 'duplicate' | 'rejected' | 'not_kept';
  offset?: number;
  error?: ApiFault;
}

/** A client of one Endcap server, for Node 20 and for browsers. */
export function createClient(options: ClientOptions): Client {
  const settings = withDefaults(options);
  const send = createTransport(settings);
  const attribution = new Attribution();
  const queue = new EventQueue(settings.queueLimit, settings.storage ?? undefined, randomId(''));
  const tracked = new Map<string, number>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let sending: Promise<void> | undefined;
  let failures = 0;
  let closed = false;

  const settle = (event: Event, outcome: Omit<Receipt, 'event' | 'latency'>): void => {
    const since = tracked.get(event.id);
    tracked.delete(event.id);
    options.onReceipt?.({
      event,
      ...outcome,
      ...(since !== undefined && { latency: performance.now() - since }),
    });
  };

  const sendBatch = async (): Promise<void> => {
    const batch = queue.peek(settings.batchSize);
    let answers: EventAnswer[];
    try {
      answers = (await send<{ events: EventAnswer[] }>('POST', '/v1/events', batch)).events;
    } catch (error) {
      if (!(error instanceof EndcapApiError) || error.transient) throw error;
      queue.remove(batch);
      for (const event of batch) settle(event, { status: 'rejected', error });
      return;
    }
    queue.remove(batch);
    const byId = new Map(answers.map((answer) => [answer.id, answer]));
    for (const event of batch) settle(event, byId.get(event.id) ?? { status: 'accepted' });
  };

  const drain = async (): Promise<void> => {
    try {
      while (queue.size > 0) await sendBatch();
      failures = 0;
    } catch (error) {
      failures++;
      schedule(pause(settings.retries + failures, settings.backoff));
      throw error;
    }
  };

  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    if (sending) return sending.then(() => (queue.size > 0 ? flush() : undefined));
    sending = drain().finally(() => {
      sending = undefined;
    });
    return sending;
  };

  function schedule(delay: number): void {
    if (closed) return;
    timer ??= setTimeout(() => void flush().catch(() => undefined), delay);
    if (typeof timer === 'object') timer.unref?.();
  }

  const stopWatching = onLeave(() => {
    if (queue.size > 0) sendOnLeave(`${options.baseUrl}/v1/events`, options, queue.peek(queue.size));
  });
  if (queue.size > 0) schedule(0);

  return {
    user: options.user,
    track(partial) {
      const event = complete(partial, options, attribution);
      tracked.set(event.id, performance.now());
      for (const dropped of queue.push(event)) settle(dropped, { status: 'dropped' });
      if (queue.size >= settings.batchSize) void flush().catch(() => undefined);
      else schedule(settings.batchDelay);
      return event;
    },
    flush,
    get pending() {
      return queue.size;
    },
    async recommend(request) {
      const body = { user: options.user, ...request };
      const response = await send<RecommendResponse>('POST', '/v1/recommend', body);
      attribution.note(response.recommendationId, response.items);
      return response;
    },
    offers: async (user = options.user ?? '') =>
      (await send<{ offers: Offer[] }>('POST', '/v1/offers/decide', { user })).offers,
    async search(request) {
      const body = { user: options.user, ...request };
      const response = await send<SearchResponse>('POST', '/v1/search', body);
      attribution.note(response.searchId, response.items);
      return response;
    },
    suggest: (request) => send('POST', '/v1/suggest', { user: options.user, ...request }),
    categories: (below, count = 100) =>
      send(
        'GET',
        `/v1/categories?count=${count}${below === undefined ? '' : `&below=${encodeURIComponent(below)}`}`,
      ),
    item: (id) => send('GET', `/v1/items/${encodeURIComponent(id)}`),
    putItems: (items) => send('PUT', '/v1/items', items),
    profile: (user = options.user ?? '') => send('GET', `/v1/users/${encodeURIComponent(user)}/profile`),
    async close() {
      closed = true;
      stopWatching();
      await flush().catch(() => undefined);
    },
  };
}

function withDefaults(options: ClientOptions) {
  return {
    ...options,
    batchSize: options.batchSize ?? 50,
    batchDelay: options.batchDelay ?? 300,
    queueLimit: options.queueLimit ?? 1_000,
    retries: options.retries ?? 4,
    backoff: options.backoff ?? 250,
    timeout: options.timeout ?? 10_000,
    storage: options.storage === undefined ? browserStorage() : options.storage,
    fetch: options.fetch ?? globalThis.fetch.bind(globalThis),
  };
}

/** Fills in what an event lacks. Impressions and clicks name their recommendation, others inherit the last one. */
function complete(partial: TrackedEvent, options: ClientOptions, attribution: Attribution): Event {
  const items = partial.items ?? [];
  const user = partial.user ?? options.user;
  if (user === undefined) throw new TypeError('An event needs a user: give createClient or track one.');
  const session = partial.session ?? options.session;
  const credited = partial.attribution ?? attribution.of(items);
  return {
    ...partial,
    id: partial.id ?? randomId('e_'),
    user,
    items,
    time: partial.time ?? Date.now(),
    ...(session !== undefined && { session }),
    ...(credited !== undefined && { attribution: credited }),
  };
}

function browserStorage(): Storage | undefined {
  try {
    return typeof document === 'undefined' ? undefined : globalThis.localStorage;
  } catch {
    return undefined;
  }
}

/** A new shopper whom nobody knows: an id that nobody can guess, which is the right to act for it. Keep it. */
export const anonymousId = (): string => randomId('anon_');

/** 128 random bits in hexadecimal. `crypto.randomUUID` would need a secure origin; shops are tried out on plain ones. */
export function randomId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return prefix + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
