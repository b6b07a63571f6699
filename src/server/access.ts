import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EndcapError } from '../core/index.js';

/** `admin` may do everything; a browser key has `events` and `recommend`. */
export type Scope = 'events' | 'recommend' | 'items' | 'admin';
export const scopes: readonly Scope[] = ['events', 'recommend', 'items', 'admin'];

interface Key {
  name: string;
  hash: Buffer;
  scopes: readonly Scope[];
}

export interface AccessOptions {
  /** JSON file `{ "keys": [{ "name", "sha256", "scopes" }] }`; without it only this machine may connect. */
  keys?: string;
  /** Origins whose pages may call the API from a browser; none by default. */
  origins?: readonly string[];
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Scope a key needs for this route; absent: open to all. */
    scope?: Scope;
  }
}

/** A new key (256 random bits, shown once) and what to keep of it. A random key needs no slow hash. */
export function createKey(name: string, allowed: readonly Scope[]): { key: string; entry: object } {
  const key = `ek_${randomBytes(32).toString('base64url')}`;
  return { key, entry: { name, sha256: sha256(key).toString('hex'), scopes: allowed } };
}

/** Who may do what: keys by scope, or this machine alone; and which pages may ask from a browser. */
export function guard(app: FastifyInstance, options: AccessOptions): void {
  const keys = options.keys === undefined ? undefined : readKeys(options.keys);
  const origins = new Set(options.origins);
  app.addHook('onRequest', async (request, reply) => {
    const { origin, host } = request.headers;
    if (!keys && !isLoopback(hostName(host))) {
      throw forbidden(
        'Without keys this server answers to this machine only',
        'Use localhost, or configure keys',
      );
    }
    if (origin === undefined) return;
    if (origins.has(origin)) {
      reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    } else if (originHost(origin) !== host) {
      throw forbidden(`Pages of ${origin} may not call this server`, 'Add the origin to the allowed ones');
    }
  });
  app.addHook('onRequest', async (request, reply) => {
    const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'];
    if (!preflight) return authorize(request, keys);
    reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
    reply.header('access-control-allow-headers', 'authorization, content-type');
    return reply.header('access-control-max-age', '600').code(204).send();
  });
}

/** Refuses an address that others can reach while there are no keys. */
export function checkAddress(host: string, options: AccessOptions): void {
  if (options.keys !== undefined || isLoopback(host)) return;
  throw new EndcapError('keys_needed', `Without keys the server does not listen on ${host}`, {
    remedy: 'Give it a file of keys, or listen on 127.0.0.1',
  });
}

function authorize(request: FastifyRequest, keys: readonly Key[] | undefined): void {
  const { scope } = request.routeOptions.config;
  if (!keys || scope === undefined) return;
  const given = /^Bearer (.{1,200})$/.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) {
    throw new EndcapError('unauthorized', 'This needs a key', {
      remedy: 'Send authorization: Bearer <key>',
    });
  }
  const hash = sha256(given);
  // Every key is compared, in constant time: how long it takes says nothing of how near a guess was.
  const [key] = keys.filter((known) => timingSafeEqual(known.hash, hash));
  if (!key) throw new EndcapError('unauthorized', 'The key is not known', { remedy: 'Check the key' });
  if (!key.scopes.includes(scope) && !key.scopes.includes('admin')) {
    throw forbidden(`The key "${key.name}" lacks the scope ${scope}`, `Use a key with the scope ${scope}`);
  }
}

function readKeys(path: string): Key[] {
  const invalid = (what: string): EndcapError =>
    new EndcapError('invalid_keys', `The keys file ${what}`, {
      remedy: 'Write { "keys": [{ "name": "…", "sha256": "<64 hex digits>", "scopes": ["events"] }] }',
    });
  let parsed: { keys?: { name?: unknown; sha256?: unknown; scopes?: unknown }[] };
  try {
    parsed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    throw invalid('cannot be read as JSON');
  }
  if (!Array.isArray(parsed?.keys)) throw invalid('has no list "keys"');
  return parsed.keys.map(({ name, sha256: hash, scopes: allowed }, at) => {
    const sound =
      typeof name === 'string' &&
      typeof hash === 'string' &&
      /^[0-9a-f]{64}$/.test(hash) &&
      Array.isArray(allowed) &&
      allowed.every((scope) => scopes.includes(scope));
    if (!sound) throw invalid(`has a fault in key ${at + 1}`);
    return { name, hash: Buffer.from(hash, 'hex'), scopes: allowed as Scope[] };
  });
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function forbidden(message: string, remedy: string): EndcapError {
  return new EndcapError('forbidden', message, { remedy });
}

/** A name that only resolves to this machine: a page that rebinds its own name to 127.0.0.1 is not one. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function hostName(host = ''): string {
  return host.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1');
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
