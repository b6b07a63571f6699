import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { EndcapError, within } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { checkAddress } from './access.js';
import { favourLatency } from './collector.js';
import { listenOn } from './listening.js';
import { problemOf, securityHeaders, sendJson } from './problem.js';
import {
  aloud,
  closeOnSignal,
  type OpenEngine,
  retain,
  type ServeOptions,
  type Serving,
  withUses,
} from './serve.js';

/** One of several shops in one server. */
export interface ShopToServe {
  /** As in its address `/shops/NAME/`: see `shopName`. */
  name: string;
  /** How to serve it; throws what is wrong with its configuration. */
  options(): ServeOptions;
  open: OpenEngine;
}

export interface ShopsOptions {
  /** Default 127.0.0.1; another needs keys in every shop. */
  host?: string;
  /** Default 8080; 0 takes a free one. */
  port?: number;
  /** Told when a shop is open, or could not be opened. */
  onOpened?: (name: string, url: string, error: unknown) => void;
}

export interface ServingShops extends Serving {
  /** Resolves when every shop is open or could not be opened. */
  opened: Promise<void>;
}

export const shopName = /^[a-z0-9][a-z0-9_-]{0,62}$/;
/** Closing everything may take this long when the server is told to end, ms. */
const closeMs = 9_000;

interface Shop {
  status: 'opening' | 'open' | 'failed';
  app?: FastifyInstance;
  engine?: Engine;
  /** Code of what was in the way. */
  code?: string;
}

/**
 * Several shops on one port, each under `/shops/NAME/` with its own folder, keys, limits and log: the server only chooses
 * the shop by the path, and a key is looked for among those of that shop alone. They are opened one after the other while
 * the port is open already; one that cannot be opened is named, and the others serve.
 */
export async function serveShops(
  list: readonly ShopToServe[],
  options: ShopsOptions = {},
): Promise<ServingShops> {
  const host = options.host ?? '127.0.0.1';
  favourLatency();
  const shops = new Map<string, Shop>(list.map(({ name }) => [name, { status: 'opening' }]));
  const { url, drain } = await listenOn(host, options.port ?? 8080, (request, response) =>
    answer(shops, request, response),
  );
  let closing = false;
  // A shop that could not be opened closes its part alone.
  const drainAtEnd = async (): Promise<void> => (closing ? drain() : undefined);
  const opened = (async () => {
    for (const one of list) {
      if (closing) return;
      const shop = shops.get(one.name)!;
      const base = `/shops/${one.name}`;
      const error = await openOne(one, shop, host, { base, drain: drainAtEnd }).then(
        () => undefined,
        (reason: unknown) => reason ?? new Error('unknown'),
      );
      if (error !== undefined) {
        shop.status = 'failed';
        shop.code = error instanceof EndcapError ? error.code : 'internal';
      }
      options.onOpened?.(one.name, url + base, error);
    }
  })();
  const close = closeOnSignal(async () => {
    closing = true;
    await closeAll(shops, opened, drain);
  });
  return { url, opened, close };
}

async function openOne(
  one: ShopToServe,
  shop: Shop,
  host: string,
  place: Pick<ServeOptions, 'base' | 'drain'>,
): Promise<void> {
  const options = one.options();
  checkAddress(host, options);
  const engine = await one.open(() => undefined);
  try {
    const logger = options.logger ?? { ...aloud, base: { shop: one.name } };
    shop.app = await withUses(engine, { ...options, ...place, logger });
  } catch (error) {
    await engine.close();
    throw error;
  }
  if (options.retainDays !== undefined) retain(engine, options.retainDays);
  shop.engine = engine;
  shop.status = 'open';
}

/** Hands a request to its shop, with the path that the shop knows. */
function answer(shops: ReadonlyMap<string, Shop>, request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '/';
  const [path = '/'] = url.split('?', 1);
  const [, name = '', rest] = /^\/shops\/([^/]+)(\/.*)?$/.exec(path) ?? [];
  const shop = shops.get(name);
  if (shop?.app && shop.status === 'open' && rest !== undefined) {
    request.url = rest + url.slice(path.length);
    shop.app.routing(request, response);
    return;
  }
  // What is answered here has no use for a body.
  request.resume();
  if (path === '/health') {
    sendJson(response, 200, { status: 'ok' });
  } else if (path === '/ready') {
    const state = readiness(shops);
    sendJson(response, state.status === 'ready' || state.status === 'degraded' ? 200 : 503, state);
  } else if (shop && rest === undefined) {
    response.writeHead(308, { location: `/shops/${name}/`, ...securityHeaders }).end();
  } else {
    const error = shop ? unavailable(name, shop) : unknownAddress(url);
    const type = { 'content-type': 'application/problem+json', 'retry-after': '5' };
    sendJson(response, error.status, problemOf(error), type);
  }
}

function unknownAddress(url: string): EndcapError {
  const remedy = 'The shops are at /shops/NAME/; /ready names them';
  return new EndcapError('not_found', `There is no ${url.slice(0, 200)}`, { remedy });
}

function unavailable(name: string, { status }: Shop): EndcapError {
  if (status === 'opening')
    return new EndcapError('not_ready', `The shop ${name} is being opened`, {
      remedy: 'Try again in a moment',
    });
  return new EndcapError('shop_unavailable', `The shop ${name} could not be opened`, {
    remedy: 'The log of the server says why; mend it and start again',
  });
}

/** What each shop is ready for: enough to watch it by, and nothing of what is in it. */
function readiness(shops: ReadonlyMap<string, Shop>): { status: string; shops: Record<string, object> } {
  const each = [...shops].map(([name, { status, code, engine }]): [string, { status: string }] => {
    if (!engine) return [name, { status, ...(code !== undefined && { code }) }];
    const state = engine.warnings.length > 0 ? 'degraded' : 'ready';
    const counts = { offset: engine.state.offset, items: engine.catalogue.size };
    return [name, { status: state, ...counts }];
  });
  const states = new Set(each.map(([, { status }]) => status));
  const status = states.has('opening') ? 'opening' : states.size === 1 ? [...states][0]! : 'degraded';
  return { status, shops: Object.fromEntries(each) };
}

/**
 * Closes all shops at once, each when its streams have ended and the requests under way are answered. What does not
 * close in time is named and left.
 */
async function closeAll(
  shops: ReadonlyMap<string, Shop>,
  opened: Promise<void>,
  drain: () => Promise<void>,
): Promise<void> {
  const left = new Set(shops.keys());
  const closed = Promise.all(
    [...shops].map(async ([name, shop]) => {
      if (shop.status === 'opening') await opened;
      await shop.app?.close();
      await shop.engine?.close();
      left.delete(name);
    }),
  );
  await within(Promise.all([closed, drain()]), closeMs);
  for (const name of left)
    process.stderr.write(`endcap: shop ${name} did not close in time: what it acknowledged is on disk\n`);
}
