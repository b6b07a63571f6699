import { createHmac } from 'node:crypto';

export interface UserTokenOptions {
  /** The signing key (`endcap keys create NAME --kind signing`). It stays on your server. */
  secret: string;
  /** The shopper who is signed in with you. */
  user: string;
  /** How long the token is good for, ms: default an hour, 31 days at most. */
  validMs?: number;
  now?: number;
}

const hourMs = 3_600_000;
const longestMs = 31 * 24 * hourMs;

/**
 * A token that lets a page act for a known shopper: make it on your server, once the shopper has signed in, and give it
 * to `createClient({ user, token })`. `expiry.signature`, with HMAC-SHA256 of `expiry\nuser` in base64url.
 */
export function userToken({ secret, user, validMs = hourMs, now = Date.now() }: UserTokenOptions): string {
  if (!secret.startsWith('eks_'))
    throw new TypeError('The secret must be a signing key, which begins with eks_');
  if (user === '') throw new TypeError('The user must have an id');
  if (!(validMs > 0 && validMs <= longestMs)) throw new RangeError('A token is good for 31 days at most');
  const expiry = String(Math.floor(now + validMs));
  return `${expiry}.${createHmac('sha256', secret).update(`${expiry}\n${user}`).digest('base64url')}`;
}
