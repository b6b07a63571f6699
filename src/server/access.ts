import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EndcapError } from '../core/index.js';
import { callerOf, trusted } from './caller.js';
import { KeyRing } from './keyRing.js';
import type { Key, Scope } from './keys.js';

export interface AccessOptions {
  /** File of keys (`endcap keys`); without it only this machine may connect. */
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

/**
 * Who may do what: keys by scope, or this machine alone; and which pages may ask from a browser. Sets `request.caller`.
 * Returns the keys, where there are any.
 */
export function guard(app: FastifyInstance, options: AccessOptions): KeyRing | undefined {
  const warn = (error: unknown): void => app.log.warn(error, 'the file of keys cannot be read again');
  const ring = options.keys === undefined ? undefined : new KeyRing(options.keys, warn);
  const origins = new Set(options.origins);
  app.decorateRequest('caller', null as never);
  app.addHook('onClose', async () => ring?.close());
  app.addHook('onRequest', (request, reply, done) => {
    request.caller = trusted;
    const { origin, host } = request.headers;
    if (!ring && !isLoopback(hostName(host))) {
      throw forbidden(
        'Without keys this server answers to this machine only',
        'Use localhost, or configure keys',
      );
    }
    if (origin === undefined) return done();
    if (origins.has(origin) || ring?.allowsOrigin(origin, Date.now())) {
      reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    } else if (host === undefined || originHost(origin) !== host) {
      throw forbidden(`Pages of ${origin} may not call this server`, 'Add the origin to the allowed ones');
    }
    done();
  });
  app.addHook('onRequest', (request, reply, done) => {
    const preflight = request.method === 'OPTIONS' && request.headers['access-control-request-method'];
    if (!preflight) {
      authorize(request, ring);
      return done();
    }
    reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
    reply.header('access-control-allow-headers', 'authorization, content-type, x-endcap-user-token');
    reply.header('access-control-max-age', '600').code(204).send();
  });
  return ring;
}

/** Refuses an address that others can reach while there are no keys. */
export function checkAddress(host: string, options: AccessOptions): void {
  if (options.keys !== undefined || isLoopback(host)) return;
  throw new EndcapError('keys_needed', `Without keys the server does not listen on ${host}`, {
    remedy: 'Make keys with `endcap keys create`, or listen on 127.0.0.1',
  });
}

function authorize(request: FastifyRequest, ring: KeyRing | undefined): void {
  const { scope } = request.routeOptions.config;
  if (!ring || scope === undefined) return;
  const given = /^Bearer (.{1,200})$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given === undefined) {
    throw new EndcapError('unauthorized', 'This needs a key', {
      remedy: 'Send authorization: Bearer <key>',
    });
  }
  const key = ring.find(given, Date.now());
  if (!key) throw new EndcapError('unauthorized', 'The key is not known', { remedy: 'Check the key' });
  if (!key.scopes.includes(scope) && !key.scopes.includes('admin')) {
    throw forbidden(`The key "${key.name}" lacks the scope ${scope}`, `Use a key with the scope ${scope}`);
  }
  requireOrigin(key, request);
  request.caller = callerOf(key);
}

/** A key of some pages is for those: a browser says where a page is from with everything but a plain read. */
function requireOrigin({ name, origins }: Key, { headers, method }: FastifyRequest): void {
  if (origins === undefined || (headers.origin === undefined && method === 'GET')) return;
  if (headers.origin !== undefined && origins.includes(headers.origin)) return;
  throw forbidden(`The key "${name}" is for pages of ${origins.join(', ')}`, 'Use a key of this page');
}

function forbidden(message: string, remedy: string): EndcapError {
  return new EndcapError('forbidden', message, { remedy });
}

/** A name that only resolves to this machine: a page that rebinds its own name to 127.0.0.1 is not one. */
function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

function hostName(host = ''): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}

function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
