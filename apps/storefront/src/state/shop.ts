import {
  anonymousId,
  type Categories,
  type Client,
  createClient,
  type Event,
  type Item,
  type Offer,
  type Receipt,
  type RecommendResponse,
  randomId,
  type SearchResponse,
  type SuggestResponse,
  type TrackedEvent,
} from '../../../../packages/client/src/index.js';
import { about } from './about.js';
import { connection, reaching } from './connection.js';
import { queueStorage, recall, remember } from './memory.js';
import { createStore } from './store.js';

export interface Line {
  id: string;
  title: string;
  price: number;
  currency?: string;
  image?: string;
  quantity: number;
}

/** One row of the live panel: an event on its way, or what became of it. */
export interface FeedEntry {
  event: Event;
  status: 'sent' | Receipt['status'];
  latency?: number;
  offset?: number;
}

export const maxShoppers = 5;
const feedLength = 60;
/** Types that change no shelf by themselves; a click is followed by the view it leads to. */
const fleeting: ReadonlySet<string> = new Set(['impression', 'click']);
/** Ids of earlier versions were short enough to be guessed. */
const firstShoppers = recall<string[]>('shoppers', []).filter((id) => id.startsWith('anon_'));
const shoppers = firstShoppers.length > 0 ? firstShoppers : [anonymousId()];
const remembered = recall('shopper', shoppers[0]!);
const shopper = shoppers.includes(remembered) ? remembered : shoppers[0]!;

export const shop = createStore({
  shoppers,
  shopper,
  cart: recall<Line[]>(`cart.${shopper}`, []),
  /** Goes up whenever an event that says something about taste is on disk: shelves then ask again. */
  version: 0,
  /** Prices that this shopper is offered, by item. */
  offered: new Map<string, number>() as ReadonlyMap<string, number>,
  feed: [] as FeedEntry[],
  written: 0,
});
remember('shoppers', shoppers);
remember('shopper', shopper);

/** Items this page has heard of: a page about one can be drawn before the server is asked for it. */
export const items = new Map<string, Item>();
const session = randomId('s-').slice(0, 14);
let client = connect(shopper);
// Once the server is back, what waited goes out at once instead of at the next try.
connection.subscribe(() => {
  if (!connection.get().away && client.pending > 0) flush();
});

function connect(user: string): Client {
  return createClient({
    baseUrl: about.base,
    ...(about.key !== undefined && { key: about.key }),
    user,
    session,
    storage: queueStorage() ?? null,
    onReceipt: receive,
  });
}

function receive({ event, status, latency, offset }: Receipt): void {
  const { feed, written, version } = shop.get();
  const entry: FeedEntry = {
    event,
    status,
    ...(latency !== undefined && { latency }),
    ...(offset !== undefined && { offset }),
  };
  const onDisk = status === 'accepted' || status === 'duplicate';
  shop.set({
    feed: feed.some((row) => row.event.id === event.id)
      ? feed.map((row) => (row.event.id === event.id ? entry : row))
      : [entry, ...feed].slice(0, feedLength),
    written: written + (status === 'accepted' ? 1 : 0),
    version: version + (onDisk && !fleeting.has(event.type) ? 1 : 0),
  });
}

function track(event: TrackedEvent): void {
  const sent = client.track(event);
  shop.set({ feed: [{ event: sent, status: 'sent' as const }, ...shop.get().feed].slice(0, feedLength) });
}

/** Sends what is queued now; what cannot be sent stays queued and its receipt comes later. */
function flush(): void {
  void reaching(client.flush()).catch(() => undefined);
}

export async function recommend(request: Parameters<Client['recommend']>[0]): Promise<RecommendResponse> {
  const response = await reaching(client.recommend({ explain: true, ...request }));
  for (const { item } of response.items) if (item) items.set(item.id, item);
  return response;
}

/** What this shopper is offered now; what is not to be had is simply not shown. */
export async function offersNow(): Promise<Offer[]> {
  const offers = await client.offers().catch(() => []);
  const offered = new Map(offers.map(({ item, price }) => [item, price]));
  if (offered.size > 0 || shop.get().offered.size > 0) shop.set({ offered });
  return offers;
}

export async function search(request: Parameters<Client['search']>[0]): Promise<SearchResponse> {
  const response = await reaching(client.search({ explain: true, ...request }));
  for (const { item } of response.items) items.set(item.id, item);
  return response;
}

/** The categories one step below a path, or the first steps. */
export function categoriesOf(below: string | undefined, count: number): Promise<Categories> {
  return reaching(client.categories(below, count));
}

export function suggest(prefix: string): Promise<SuggestResponse> {
  return reaching(client.suggest({ prefix }));
}

/** Tells what was searched for and what was shown: once a search, however often its answer is made anew. */
export function searched({ searchId, query, items: shown }: SearchResponse): void {
  track({ type: 'search', query, items: shown.map(({ id }) => ({ id })), attribution: searchId });
  flush();
}

export async function loadItem(id: string): Promise<Item> {
  const item = await reaching(client.item(id));
  items.set(id, item);
  return item;
}

/** `scenario` names the slot that the cards stood in. */
export function seen(ids: readonly string[], attribution: string, scenario: string): void {
  track({ type: 'impression', items: ids.map((id) => ({ id })), attribution, context: { scenario } });
}

export function clicked(id: string, attribution: string): void {
  track({ type: 'click', items: [{ id }], attribution });
  flush();
}

export function viewed(item: Item): void {
  const price = priceOf(item);
  track({ type: 'view', items: [{ id: item.id, ...(price !== undefined && { price }) }] });
  flush();
}

/** What it costs this shopper now. */
export function priceOf({ id, price, salePrice }: Item): number | undefined {
  const usual = salePrice ?? price;
  return usual === undefined ? undefined : Math.min(usual, shop.get().offered.get(id) ?? usual);
}

/** What one of it costs this shopper now: an offer holds for what is in the basket, too. */
export const linePrice = ({ id, price }: Line): number =>
  Math.min(price, shop.get().offered.get(id) ?? price);

/** Why an item cannot be ordered; undefined where it can. */
export function hindrance(item: Item): 'out' | 'noPrice' | undefined {
  if (item.stock === 0 || item.withdrawn) return 'out';
  return priceOf(item) === undefined ? 'noPrice' : undefined;
}

export function addToCart(item: Item, quantity: number): void {
  const { cart } = shop.get();
  const line = cart.find((row) => row.id === item.id);
  const price = priceOf(item);
  const currency = item.currency ?? about.currency;
  const added: Line = {
    id: item.id,
    title: item.title ?? item.id,
    price: item.salePrice ?? item.price ?? 0,
    ...(currency !== undefined && { currency }),
    ...(item.image && { image: item.image }),
    quantity,
  };
  saveCart(
    line
      ? cart.map((row) => (row === line ? { ...row, quantity: row.quantity + quantity } : row))
      : [...cart, added],
  );
  track({
    type: 'add_to_cart',
    items: [{ id: item.id, quantity, ...(price !== undefined && { price }) }],
    ...(currency !== undefined && { currency }),
  });
  flush();
}

/** `quantity` 0 takes the line out. */
export function setQuantity(line: Line, quantity: number): void {
  const { cart } = shop.get();
  saveCart(
    quantity > 0
      ? cart.map((row) => (row.id === line.id ? { ...row, quantity } : row))
      : cart.filter((row) => row.id !== line.id),
  );
  const change = quantity - line.quantity;
  const type = change > 0 ? 'add_to_cart' : 'remove_from_cart';
  track({ type, items: [{ id: line.id, quantity: Math.abs(change) }] });
  flush();
}

export function buy(): void {
  const { cart } = shop.get();
  const items = cart.map((line) => ({ id: line.id, quantity: line.quantity, price: linePrice(line) }));
  const currency = cart[0]?.currency;
  track({ type: 'purchase', items, value: totalOf(cart), ...(currency !== undefined && { currency }) });
  saveCart([]);
  flush();
}

export const totalOf = (cart: readonly Line[]): number =>
  cart.reduce((sum, line) => sum + linePrice(line) * line.quantity, 0);

export function newShopper(): void {
  const added = anonymousId();
  const kept = [...shop.get().shoppers, added].slice(-maxShoppers);
  remember('shoppers', kept);
  shop.set({ shoppers: kept });
  switchShopper(added);
}

export function switchShopper(user: string): void {
  void client.close();
  client = connect(user);
  remember('shopper', user);
  shop.set({
    shopper: user,
    offered: new Map(),
    cart: recall<Line[]>(`cart.${user}`, []),
    version: shop.get().version + 1,
  });
}

function saveCart(cart: Line[]): void {
  remember(`cart.${shop.get().shopper}`, cart);
  shop.set({ cart });
}
