import type { IncomingMessage, ServerResponse } from 'node:http';
import { EndcapError } from '../core/index.js';
import { favourLatency } from './collector.js';
import { listenOn } from './listening.js';
import { problemOf, securityHeaders, sendJson } from './problem.js';
import { closeOnSignal, type Serving } from './serve.js';
import { type Shop, ShopSet, type ShopToServe } from './shopSet.js';

export interface ShopsOptions {
  /** Default 127.0.0.1; another needs keys in every shop. */
  host?: string;
  /** Default 8080; 0 takes a free one. */
  port?: number;
  /** Told when a shop is open, or could not be opened. */
  onOpened?: (name: string, url: string, error: unknown) => void;
  /** Told when a shop was closed because it is listed no more. */
  onClosed?: (name: string) => void;
}

export interface ServingShops extends Serving {
  /** Resolves when each of the first shops is open or could not be opened. */
  opened: Promise<void>;
}

/** Closing everything may take this long when the server is told to end, ms. */
const closeMs = 9_000;

/**
 * Several shops on one port, each under `/shops/NAME/` with its own folder, keys, limits and log: the server only chooses
 * the shop by the path, and a key is looked for among those of that shop alone. They are opened one after the other while
 * the port is open already; one that cannot be opened is named, and the others serve. `list` is asked again while serving.
 */
export async function serveShops(
  list: () => readonly ShopToServe[],
  options: ShopsOptions = {},
): Promise<ServingShops> {
  const host = options.host ?? '127.0.0.1';
  favourLatency();
  let set: ShopSet | undefined;
  const { url, drain } = await listenOn(host, options.port ?? 8080, (request, response) =>
    answer(set?.shops ?? new Map(), request, response),
  );
  set = new ShopSet({
    host,
    list,
    drain,
    onOpened: (name, error) => options.onOpened?.(name, `${url}/shops/${name}`, error),
    onClosed: (name) => options.onClosed?.(name),
  });
  const { opened } = set;
  const close = closeOnSignal(async () => {
    for (const name of await set.close(closeMs))
      process.stderr.write(`endcap: shop ${name} did not close in time: what it acknowledged is on disk\n`);
  });
  return { url, opened, close };
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
  if (status !== 'failed')
    return new EndcapError(
      'not_ready',
      `The shop ${name} is being ${status === 'closing' ? 'closed' : 'opened'}`,
      {
        remedy: 'Try again in a moment',
      },
    );
  return new EndcapError('shop_unavailable', `The shop ${name} could not be opened`, {
    remedy: 'The log of the server says why; mend it, and it is tried again within seconds',
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
