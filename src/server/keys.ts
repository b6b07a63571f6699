import { createHash, randomBytes } from 'node:crypto';
import { EndcapError } from '../core/index.js';

/** `admin` may do everything; the key of a page has `events` and `recommend`. */
export type Scope = 'events' | 'recommend' | 'items' | 'admin';
export const scopes: readonly Scope[] = ['events', 'recommend', 'items', 'admin'];

/**
 * `server`: secret, may name any shopper. `public`: stands in pages, acts for one shopper at a time. `signing`: asks for
 * nothing itself; with it the shop's server signs who a shopper is, and Endcap checks that.
 */
export const keyKinds = ['server', 'public', 'signing'] as const;
export type KeyKind = (typeof keyKinds)[number];

/** What a key is to be. */
export interface KeyRequest {
  name: string;
  kind: KeyKind;
  scopes: readonly Scope[];
  /** Pages that may use a public key, e.g. `https://shop.example`; all that the server allows when absent. */
  origins?: readonly string[];
  /** Requests a minute; absent: the limit of its kind. */
  perMinute?: number;
  /** When it ends, ms. */
  expires?: number;
}

/** What is kept of a key: the hash of one that is sent, the secret itself of one that signs. */
export interface Key extends KeyRequest {
  sha256?: string;
  secret?: string;
  created: number;
}

/** A key as it is listed: nothing that would let anybody use it. */
export type ListedKey = Omit<Key, 'sha256' | 'secret'> & { fingerprint: string };

const prefixes = { server: 'ek_', public: 'ekp_', signing: 'eks_' } as const;

/** A new key: 256 random bits, shown once, and what to keep of it. A random key needs no slow hash. */
export function makeKey(request: KeyRequest, now: number): { key: string; entry: Key } {
  requireSound(request);
  const key = prefixes[request.kind] + randomBytes(32).toString('base64url');
  const kept = request.kind === 'signing' ? { secret: key } : { sha256: sha256(key) };
  return { key, entry: { ...request, ...kept, created: now } };
}

/** A key that may name any shopper, for callers that keep the file themselves. */
export function createKey(
  name: string,
  allowed: readonly Scope[],
  kind: KeyKind = 'server',
): { key: string; entry: object } {
  return makeKey({ name, kind, scopes: allowed }, Date.now());
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export const isLive = ({ expires = Number.POSITIVE_INFINITY }: Key, now: number): boolean => now < expires;

export function listed({ sha256: hash, secret, ...key }: Key): ListedKey {
  return { ...key, fingerprint: (hash ?? sha256(secret!)).slice(0, 8) };
}

export const adminByPage =
  'A public key can be read by everybody: it may have the scopes events and recommend';

/** Throws `invalid_request` naming the field that cannot be as it is. */
export function requireSound({ name, kind, scopes: wanted, origins = [], perMinute = 1 }: KeyRequest): void {
  if (!/^[\w.-]{1,64}$/.test(name)) refuse('name', 'is no name', 'Use letters, digits, dots and dashes');
  if (!keyKinds.includes(kind)) refuse('kind', 'is unknown', `Choose among ${keyKinds.join(', ')}`);
  const unknown = wanted.find((scope) => !scopes.includes(scope));
  if (unknown !== undefined) {
    throw new EndcapError('unknown_scope', `No scope "${unknown}"`, {
      remedy: `Choose among ${scopes.join(', ')}`,
    });
  }
  if (kind === 'public' && wanted.some((scope) => scope === 'admin' || scope === 'items'))
    refuse('scopes', 'are too many', adminByPage);
  if (kind === 'signing' && wanted.length > 0)
    refuse('scopes', 'are given', 'A signing key asks for nothing: leave them out');
  if (kind !== 'signing' && wanted.length === 0) refuse('scopes', 'are missing', 'Give at least one');
  const wrong = origins.find((origin) => !URL.canParse(origin) || new URL(origin).origin !== origin);
  if (wrong !== undefined)
    refuse('origins', `has "${wrong}"`, 'Write an origin such as https://shop.example');
  if (!(Number.isFinite(perMinute) && perMinute > 0))
    refuse('perMinute', 'is no rate', 'Give a number above 0');
}

function refuse(field: string, message: string, remedy: string): never {
  throw new EndcapError('invalid_request', `${field} ${message}`, {
    remedy,
    errors: [{ field, message, remedy }],
  });
}
