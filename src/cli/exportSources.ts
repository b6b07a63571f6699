import { createHash } from 'node:crypto';
import { openCatalogue } from '../catalogue/index.js';
import { EndcapError, type Event, type Item, isErased } from '../core/index.js';
import type { IntentAnswer } from '../marketing/index.js';
import type { openStoreToRead } from '../storage/index.js';
import type { ExportSource } from './exportFile.js';

type ReadStore = ReturnType<typeof openStoreToRead>;
const iso = (time: number | undefined): string | undefined =>
  time === undefined ? undefined : new Date(time).toISOString();

/** Of a shop, and of what is listed from it in this order. */
const identityOf = (shop: string, ids: readonly string[] = []): string =>
  createHash('sha256')
    .update(JSON.stringify([shop, ids]))
    .digest('hex')
    .slice(0, 24);

/**
 * The log, an event a record and an item of it a row; importing the file again gives the same events. Nothing is written of
 * what was erased. `shop` tells it from others.
 */
export function eventSource(store: ReadStore, shop: string): ExportSource<Event> {
  return {
    what: 'events',
    identity: identityOf(shop),
    columns: {
      event_id: 'VARCHAR',
      type: 'VARCHAR',
      user_id: 'VARCHAR',
      session: 'VARCHAR',
      time: 'VARCHAR',
      line: 'BIGINT',
      item_id: 'VARCHAR',
      quantity: 'DOUBLE',
      price: 'DOUBLE',
      currency: 'VARCHAR',
      value: 'DOUBLE',
      query: 'VARCHAR',
      attribution: 'VARCHAR',
      context: 'VARCHAR',
    },
    total: store.log.head,
    async *records(from) {
      for await (const { event } of store.log.read(from)) yield event;
    },
    *rows({ id, user, time, items, context, ...rest }) {
      const event = { event_id: id, user_id: user, time: iso(time), context, ...rest };
      if (items.length === 0) yield event;
      for (const [at, item] of items.entries())
        yield { ...event, line: at + 1, item_id: item.id, quantity: item.quantity, price: item.price };
    },
    json: (event) => (isErased(event) ? undefined : event),
  };
}

/** The catalogue, by id. */
export function itemSource(store: ReadStore, shop: string): ExportSource<Item> {
  const items = [...openCatalogue(store.facts).all()].sort((a, b) => (a.id < b.id ? -1 : 1));
  return {
    what: 'items',
    identity: identityOf(
      shop,
      items.map(({ id }) => id),
    ),
    columns: {
      id: 'VARCHAR',
      title: 'VARCHAR',
      description: 'VARCHAR',
      category: 'VARCHAR',
      categories: 'VARCHAR',
      brand: 'VARCHAR',
      price: 'DOUBLE',
      sale_price: 'DOUBLE',
      currency: 'VARCHAR',
      image: 'VARCHAR',
      stock: 'DOUBLE',
      withdrawn: 'BOOLEAN',
      from: 'VARCHAR',
      until: 'VARCHAR',
      tags: 'VARCHAR',
      attributes: 'VARCHAR',
    },
    total: items.length,
    records: (from) => items.slice(from),
    rows: ({ salePrice, from, until, ...rest }) => [
      { ...rest, sale_price: salePrice, from: iso(from), until: iso(until) },
    ],
    json: (item) => item,
  };
}

/** Answers about shoppers: of a shop that this process has open, or of a server. */
export interface ShopperAnswers {
  profile(user: string): Promise<object>;
  recommend(user: string, count: number): Promise<{ items: { id: string; score: number }[]; model: string }>;
  /** What `POST /v1/intent` says of the shopper. */
  predict(user: string): Promise<IntentAnswer>;
}

/** Everybody in the log, in the order in which they came. */
export async function shoppersOf(store: ReadStore): Promise<string[]> {
  const users = new Set<string>();
  for await (const { event } of store.log.read(0)) if (!isErased(event)) users.add(event.user);
  return [...users];
}

type ProfileRecord = Readonly<Record<string, unknown>>;

export function profileSource(
  users: readonly string[],
  answers: ShopperAnswers,
  shop: string,
): ExportSource<ProfileRecord> {
  return {
    what: 'profiles',
    identity: identityOf(shop, users),
    columns: {
      user: 'VARCHAR',
      firstSeen: 'BIGINT',
      lastSeen: 'BIGINT',
      total: 'BIGINT',
      cart: 'VARCHAR',
      bought: 'VARCHAR',
      hidden: 'VARCHAR',
      counters: 'VARCHAR',
      events: 'VARCHAR',
    },
    total: users.length,
    async *records(from) {
      for (const user of users.slice(from)) yield { ...(await answers.profile(user)) };
    },
    rows: (profile) => [profile],
    json: (profile) => profile,
  };
}

interface Recommended {
  user: string;
  model: string;
  items: { id: string; score: number }[];
}

export function recommendationSource(
  users: readonly string[],
  answers: ShopperAnswers,
  shop: string,
  count: number,
): ExportSource<Recommended> {
  return {
    what: 'recommendations',
    identity: identityOf(`${shop} ${count}`, users),
    columns: { user: 'VARCHAR', rank: 'BIGINT', item_id: 'VARCHAR', score: 'DOUBLE', model: 'VARCHAR' },
    total: users.length,
    async *records(from) {
      for (const user of users.slice(from)) {
        const { items, model } = await answers.recommend(user, count);
        yield { user, model, items: items.map(({ id, score }) => ({ id, score })) };
      }
    },
    rows: ({ user, model, items }) =>
      items.map(({ id, score }, at) => ({ user, rank: at + 1, item_id: id, score, model })),
    json: (record) => record,
  };
}

export function predictionSource(
  users: readonly string[],
  answers: ShopperAnswers,
  shop: string,
): ExportSource<IntentAnswer> {
  return {
    what: 'predictions',
    identity: identityOf(shop, users),
    columns: {
      user: 'VARCHAR',
      visit_purchase_probability: 'DOUBLE',
      basis: 'VARCHAR',
      next_purchase: 'VARCHAR',
      items: 'VARCHAR',
    },
    total: users.length,
    async *records(from) {
      for (const user of users.slice(from)) yield await answers.predict(user);
    },
    rows: ({ user, probability, basis, nextPurchase, items }) => [
      { user, visit_purchase_probability: probability, basis, next_purchase: nextPurchase, items },
    ],
    json: (answer) => answer,
  };
}

/** A running server's answers. */
export function serverAnswers(url: string, key: string | undefined): ShopperAnswers {
  const base = url.replace(/\/+$/, '');
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const ask = async (path: string, body?: unknown): Promise<unknown> => {
    const answer = await fetch(`${base}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause) => {
      throw new EndcapError('server_unreachable', `No server answers at ${base}`, {
        status: 502,
        remedy: 'Run it again when the server is there: it goes on where it was',
        cause,
      });
    });
    if (answer.ok) return answer.json();
    throw new EndcapError('server_refused', `${base} answers ${answer.status} to ${path}`, {
      status: answer.status,
      remedy: 'Give a key of scope admin with --key or ENDCAP_KEY',
    });
  };
  return {
    profile: async (user) => (await ask(`/v1/users/${encodeURIComponent(user)}/profile`)) as object,
    recommend: async (user, count) =>
      (await ask('/v1/recommend', { user, scenario: 'home', count })) as Awaited<
        ReturnType<ShopperAnswers['recommend']>
      >,
    predict: async (user) => (await ask('/v1/intent', { user })) as IntentAnswer,
  };
}
