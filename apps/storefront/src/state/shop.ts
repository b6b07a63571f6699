import {
  type Client,
  createClient,
  type Event,
  type Item,
  type Receipt,
  type RecommendResponse,
  randomId,
  type TrackedEvent,
} from '../../../../packages/client/src/index.js';
import { recall, remember } from './memory.js';
import { createStore } from './store.js';

export interface Line {
  id: string;
  title: string;
  price: number;
  currency: string;
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
const firstShoppers = recall<string[]>('shoppers', []);
const shoppers = firstShoppers.length > 0 ? firstShoppers : [randomId('anon-').slice(0, 17)];
const shopper = recall('shopper', shoppers[0]!);

export const shop = createStore({
  shoppers,
  shopper,
  cart: recall<Line[]>(`cart.${shopper}`, []),
  /** Goes up whenever an event that says something about taste is on disk: shelves then ask again. */
  version: 0,
  /** Whether this shopper has done anything that says something about taste. */
  known: recall(`known.${shopper}`, false),
  feed: [] as FeedEntry[],
  written: 0,
});
remember('shoppers', shoppers);
remember('shopper', shopper);

/** Titles of the items seen so far, for the panel. */
export const titles = new Map<string, string>();
const session = randomId('s-').slice(0, 14);
let client = connect(shopper);

function connect(user: string): Client {
  return createClient({ baseUrl: '', user, session, onReceipt: receive });
}

function receive({ event, status, latency, offset }: Receipt): void {
  const { feed, written } = shop.get();
  const entry: FeedEntry = { event, status, latency, ...(offset !== undefined && { offset }) };
  const known = feed.some((row) => row.event.id === event.id);
  shop.set({
    feed: known
      ? feed.map((row) => (row.event.id === event.id ? entry : row))
      : [entry, ...feed].slice(0, feedLength),
    written: written + (status === 'accepted' ? 1 : 0),
  });
}

function track(event: TrackedEvent): void {
  const sent = client.track(event);
  shop.set({ feed: [{ event: sent, status: 'sent' as const }, ...shop.get().feed].slice(0, feedLength) });
}

/** Sends what is queued and, once it is on disk, lets the shelves read it back. */
async function settle(): Promise<void> {
  await client.flush().catch(() => undefined);
  const { version, shopper } = shop.get();
  remember(`known.${shopper}`, true);
  shop.set({ version: version + 1, known: true });
}

export async function recommend(request: Parameters<Client['recommend']>[0]): Promise<RecommendResponse> {
  const response = await client.recommend({ count: 10, explain: true, ...request });
  for (const { id, item } of response.items) titles.set(id, item?.title ?? id);
  return response;
}

export async function loadItem(id: string): Promise<Item> {
  const item = await client.item(id);
  titles.set(id, item.title ?? id);
  return item;
}

export function seen(ids: readonly string[], attribution: string): void {
  track({ type: 'impression', items: ids.map((id) => ({ id })), attribution });
}

export function clicked(id: string, attribution: string): void {
  track({ type: 'click', items: [{ id }], attribution });
  void client.flush().catch(() => undefined);
}

export function viewed(item: Item): Promise<void> {
  track({ type: 'view', items: [{ id: item.id, ...(item.price !== undefined && { price: item.price }) }] });
  return settle();
}

export function addToCart(item: Item, quantity: number): Promise<void> {
  const { cart } = shop.get();
  const line = cart.find((row) => row.id === item.id);
  const added: Line = {
    id: item.id,
    title: item.title ?? item.id,
    price: item.price ?? 0,
    currency: item.currency ?? 'GBP',
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
    items: [{ id: item.id, quantity, price: added.price }],
    currency: added.currency,
  });
  return settle();
}

/** `quantity` 0 takes the line out. */
export function setQuantity(line: Line, quantity: number): Promise<void> {
  const { cart } = shop.get();
  saveCart(
    quantity > 0
      ? cart.map((row) => (row.id === line.id ? { ...row, quantity } : row))
      : cart.filter((row) => row.id !== line.id),
  );
  const change = quantity - line.quantity;
  const type = change > 0 ? 'add_to_cart' : 'remove_from_cart';
  track({ type, items: [{ id: line.id, quantity: Math.abs(change) }] });
  return settle();
}

export function buy(): Promise<void> {
  const { cart } = shop.get();
  const items = cart.map(({ id, quantity, price }) => ({ id, quantity, price }));
  track({ type: 'purchase', items, value: totalOf(cart), currency: cart[0]?.currency ?? 'GBP' });
  saveCart([]);
  return settle();
}

export const totalOf = (cart: readonly Line[]): number =>
  cart.reduce((sum, line) => sum + line.price * line.quantity, 0);

export function newShopper(): void {
  const added = randomId('anon-').slice(0, 17);
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
    cart: recall<Line[]>(`cart.${user}`, []),
    known: recall(`known.${user}`, false),
    version: shop.get().version + 1,
  });
}

function saveCart(cart: Line[]): void {
  remember(`cart.${shop.get().shopper}`, cart);
  shop.set({ cart });
}
