import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { EndcapError } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { checkAddress } from './access.js';
import { favourLatency } from './collector.js';
import { problemOf, securityHeaders } from './problem.js';
import { cannotListen, type OpenEngine, retain, type ServeOptions, type Serving, withUses } from './serve.js';
import { refuse } from './server.js';

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
/** The requests under way may take this long when the server is told to end, ms; and closing everything, as long again. */
const drainMs = 3_000;
const closeMs = 6_000;

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
  const server = createHttpServer({ requestTimeout: 30_000 }, (request, response) =>
    answer(shops, request, response),
  );
  server.on('clientError', refuse);
  const port = options.port ?? 8080;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  }).catch((cause) => cannotListen(host, port, cause));
  const at = (server.address() as AddressInfo).port;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${at}`;

  let closing: Promise<void> | undefined;
  const opened = (async () => {
    for (const one of list) {
      if (closing) return;
      const shop = shops.get(one.name)!;
      const base = `/shops/${one.name}`;
      const error = await openOne(one, shop, host, base).then(
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
  const close = (): Promise<void> => {
    closing ??= closeAll(server, shops, opened);
    return closing;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void close().then(() => process.exit(0)));
  return { url, opened, close };
}

async function openOne(one: ShopToServe, shop: Shop, host: string, base: string): Promise<void> {
  const options = one.options();
  checkAddress(host, options);
  const engine = await one.open(() => undefined);
  try {
    const logger = options.logger ?? { level: 'warn', stream: process.stderr, base: { shop: one.name } };
    shop.app = await withUses(engine, { ...options, base, logger });
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
    send(response, 200, { status: 'ok' });
  } else if (path === '/ready') {
    const state = readiness(shops);
    send(response, state.status === 'ready' || state.status === 'degraded' ? 200 : 503, state);
  } else if (shop && rest === undefined) {
    response.writeHead(308, { location: `/shops/${name}/`, ...securityHeaders }).end();
  } else {
    const error = shop ? unavailable(name, shop) : unknownAddress(url);
    const type = { 'content-type': 'application/problem+json', 'retry-after': '5' };
    send(response, error.status, problemOf(error), type);
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

function send(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const usual = { 'content-type': 'application/json', 'cache-control': 'no-store', ...securityHeaders };
  response.writeHead(status, { ...usual, ...headers }).end(JSON.stringify(body));
}

/** Lets the requests under way end, then closes all shops at once. What does not close in time is named and left. */
async function closeAll(
  server: Server,
  shops: ReadonlyMap<string, Shop>,
  opened: Promise<void>,
): Promise<void> {
  const drained = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  await Promise.race([drained, after(drainMs)]);
  const open = new Set<string>();
  const closed = opened.then(() =>
    Promise.all(
      [...shops].map(async ([name, { app, engine }]) => {
        open.add(name);
        await app?.close();
        await engine?.close();
        open.delete(name);
      }),
    ),
  );
  await Promise.race([closed, after(closeMs)]);
  server.closeAllConnections();
  for (const name of open)
    process.stderr.write(`endcap: shop ${name} did not close in time: what it acknowledged is on disk\n`);
}

const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms).unref());
