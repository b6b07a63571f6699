import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Catalogue } from '../catalogue/index.js';
import { EndcapError } from '../core/index.js';
import type { KeyRing } from './keyRing.js';

/** A shop to look at, over the API of the same server. */
export interface StorefrontOptions {
  /** Folder of the built pages: `index.html` and `assets`. */
  site: string;
  /** Name of the shop; what it is called is left to the page where there is none. */
  name?: string;
  /** Currency of prices that name none. */
  currency?: string;
  /** Public key that the page asks with; needed where the server has keys. */
  key?: string;
  /** Whether the page shows its events and lets one switch between shoppers. */
  tools?: boolean;
  /** Whether the page says that it is the demo of Endcap. */
  demo?: boolean;
}

/** Paths that the page draws by itself. */
const paths = ['/', '/basket', '/categories', '/search', '/category/*', '/item/:id'];

/**
 * The page at each of its paths, so that any can be shared and loaded again; an item that there is not is the page with
 * 404. What it loads is named by its content and kept for ever. `base` is the path of the shop, such as `/shops/a`, or ''.
 * Returns the page for a path that is none.
 */
export async function addStorefront(
  app: FastifyInstance,
  { catalogue, base }: { catalogue: Catalogue; base: string },
  options: StorefrontOptions,
): Promise<(request: FastifyRequest, reply: FastifyReply) => FastifyReply | undefined> {
  const { site, name, currency, key, tools = false, demo = false } = options;
  const about = JSON.stringify({ base, name, currency, key, tools, demo });
  const template = readFileSync(join(site, 'index.html'), 'utf8')
    .replaceAll('"assets/', `"${base}/assets/`)
    .replace('content="{}"', () => `content="${escaped(about)}"`);
  const shopName = name ?? 'Endcap';

  const send = (reply: FastifyReply, status: number, title?: string): FastifyReply =>
    reply
      .code(status)
      .headers({ 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-cache' })
      .send(
        template.replace(/<title>.*<\/title>/, () => titled(title ? `${title} · ${shopName}` : shopName)),
      );

  for (const url of paths) {
    app.get(url, { schema: { hide: true } as object }, async ({ params }, reply) => {
      const { id } = params as { id?: string };
      if (id === undefined) return send(reply, 200);
      const item = catalogue.get(id);
      return item ? send(reply, 200, item.title ?? id) : send(reply, 404);
    });
  }
  await app.register(fastifyStatic, {
    root: join(site, 'assets'),
    prefix: '/assets/',
    index: false,
    immutable: true,
    maxAge: '365d',
    preCompressed: true,
    setHeaders: (reply) => void reply.setHeader('vary', 'accept-encoding'),
  });
  return ({ method, headers, url }, reply) =>
    method === 'GET' && headers.accept?.includes('text/html') && !/^\/(v1|assets)\//.test(url)
      ? send(reply, 404)
      : undefined;
}

/**
 * Throws `invalid_config` where a page has no key, or one that may more than pages may: what stands in a page can be read
 * by everybody.
 */
export function requirePageKey({ key }: StorefrontOptions, ring: KeyRing): void {
  const known = key === undefined ? undefined : ring.find(key, Date.now());
  if (known?.kind === 'public' && known.scopes.includes('recommend') && known.scopes.includes('events'))
    return;
  const what =
    key === undefined
      ? 'is missing'
      : known
        ? 'is no key for pages with both scopes'
        : 'is not a key of this shop';
  throw new EndcapError('invalid_config', `storefront.key of endcap.json ${what}`, {
    remedy: 'Make one: endcap keys create storefront --kind public, and put it there',
  });
}

const titled = (title: string): string => `<title>${escaped(title)}</title>`;

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
