import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Event, type Item, random } from '../../../src/core/index.js';
import { type Marketing, openMarketing } from '../../../src/marketing/index.js';
import { type Engine, openEngine } from '../../../src/recommend/index.js';
import { type OpenSearch, openSearch } from '../../../src/search/index.js';
import { createKey, createServer, type Limits } from '../../../src/server/index.js';
import { openStore } from '../../../src/storage/index.js';

const boundless = { burst: 1e9, perMinute: 1e9 };
export const noLimits: Limits = {
  key: boundless,
  shopper: boundless,
  address: boundless,
  newcomers: boundless,
  filters: boundless,
  events: boundless,
  addressEvents: boundless,
};
const hour = 3_600_000;
const kinds = ['electric', 'wooden', 'blue', 'small', 'soft', 'bright'];

export interface Shop {
  engine: Engine;
  marketing: Marketing;
  search: OpenSearch['search'];
  app: FastifyInstance;
  /** Asks with the key of a page; resolves to status and body. */
  page(path: string, body?: object): Promise<{ status: number; body: Record<string, unknown> }>;
  metrics(): Promise<string>;
}

export async function openShop(dir: string, items: number, limits: Partial<Limits>): Promise<Shop> {
  const engine = await openEngine({ store: openStore(dir) });
  const page = createKey('page', ['events', 'recommend'], 'public');
  const owner = createKey('owner', ['admin']);
  const keys = join(dir, 'keys.json');
  writeFileSync(keys, JSON.stringify({ keys: [page.entry, owner.entry] }));
  const marketing = await openMarketing(engine, { dir });
  await stock(engine, items);
  const search = await openSearch(engine);
  const app = await createServer(engine, { dir, keys, limits, marketing, search });
  return {
    engine,
    marketing,
    search: search.search,
    app,
    async page(path, body) {
      const authorization = `Bearer ${page.key}`;
      const headers = { authorization, 'content-type': 'application/json' };
      const answer = await app.inject(
        body
          ? { method: 'POST', url: path, headers, payload: JSON.stringify(body) }
          : { method: 'GET', url: path, headers: { authorization } },
      );
      return { status: answer.statusCode, body: JSON.parse(answer.body) };
    },
    metrics: async () =>
      (
        await app.inject({
          method: 'GET',
          url: '/metrics',
          headers: { authorization: `Bearer ${owner.key}` },
        })
      ).body,
  };
}

export async function closeShop({ app, engine }: Shop): Promise<void> {
  await app.close();
  await engine.close();
}

/** A shop with a past of two weeks: popular items and a long tail, as shops have them. The last five nobody has seen. */
async function stock(engine: Engine, count: number): Promise<void> {
  const chance = random(1);
  const item = (at: number): Item => ({
    id: `s${at}`,
    title: `${kinds[at % 6]} ${kinds[(at >> 3) % 6]} thing ${at}`,
    description: `A ${kinds[(at >> 5) % 6]} thing for every ${kinds[(at >> 2) % 6]} home. `.repeat(4),
    category: `c${at % 40}`,
    price: 1 + (at % 90),
    tags: [kinds[at % 6]!, kinds[(at >> 4) % 6]!],
  });
  for (let from = 0; from < count; from += 10_000) {
    const size = Math.min(10_000, count - from);
    await engine.catalogue.put(Array.from({ length: size }, (_, at) => item(from + at)));
  }
  const some = (): string => `s${Math.floor((count - 5) * chance.float() ** 3)}`;
  const events: Event[] = Array.from({ length: count }, (_, at) => ({
    id: `h${at}`,
    type: at % 9 === 0 ? 'purchase' : 'view',
    user: `honest${chance.int(count / 20)}`,
    items: at % 9 === 0 ? [{ id: some() }, { id: some() }] : [{ id: some() }],
    time: engine.now - chance.int(14 * 24) * hour,
  }));
  for (let from = 0; from < events.length; from += 5_000)
    await engine.ingest(events.slice(from, from + 5_000));
  await engine.state.checkpoint();
}

export async function sent(shop: Shop, events: object[]): Promise<void> {
  const { status, body } = await shop.page('/v1/events', events);
  if (status !== 200) throw new Error(JSON.stringify(body).slice(0, 300));
}

/** An anonymous id, as a client makes it. */
export function shopper(n: number): string {
  return `anon_${n.toString(16).padStart(12, '0')}a1b2c3d4e5f60718293a`;
}
