import type { TestContext } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Item } from '../../src/core/index.js';
import { type Marketing, type Offer, offerDefaults, openMarketing } from '../../src/marketing/index.js';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

export interface Answer {
  status: number;
  text: string;
  headers: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
  body: any;
}

export interface MarketingShop {
  engine: Engine;
  marketing: Marketing;
  app: FastifyInstance;
  dir: string;
  call(
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    url: string,
    body?: object,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Closes server and engine, once. */
  close(): Promise<void>;
}

/** A shop with marketing and its API, closed when the test ends; its webhooks may go anywhere. */
export async function marketingShop(
  t: TestContext,
  items: readonly Item[],
  { dir = scratch(t), clock }: { dir?: string; clock?: () => number } = {},
): Promise<MarketingShop> {
  const engine = await openEngine({ store: openStore(dir), ...(clock && { clock }) });
  const marketing = await openMarketing(engine, { dir, allowed: () => true });
  const app = await createServer(engine, { marketing, dir });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= app.close().then(() => engine.close());
    return closing;
  };
  t.after(close);
  await engine.catalogue.put([...items]);
  return {
    engine,
    marketing,
    app,
    dir,
    close,
    async call(method, url, body, headers = {}) {
      const answer = await app.inject({ method, url, headers, ...(body ? { payload: body } : {}) });
      const json = String(answer.headers['content-type']).includes('json');
      return {
        status: answer.statusCode,
        text: answer.body,
        headers: answer.headers,
        body: json ? JSON.parse(answer.body) : undefined,
      };
    },
  };
}

/** What `Offers.decide` is asked for a shopper. */
export const offerAsk = (user: string, now: number, viewed = ['phone']) => ({
  user,
  now,
  viewed,
  chance: 0.05,
  features: [],
  priceOf: () => 100,
  isMember: () => true,
});

/** A coupon of a tenth on what was viewed, without holdout and exploration. */
export const coupon: Offer = {
  ...offerDefaults,
  id: 'spring',
  name: 'Spring',
  kind: 'coupon',
  items: 'viewed',
  discounts: [0.1],
  budget: 1e9,
  holdout: 0,
  explore: 0,
  start: 0,
  end: 10 * 86_400_000,
};
