import { createHmac, timingSafeEqual } from 'node:crypto';

/** A token that is good for longer than this is refused, ms: what leaks ends by itself. */
const longestMs = 31 * 86_400_000;

/**
 * Whether the token says, signed by one of the secrets, that its bearer is `user` and still is at `now`. It is
 * `expiry.signature`: milliseconds since 1970 in decimal, and HMAC-SHA256 of `expiry\nuser` in base64url, which
 * `@endcap/client/server` makes.
 */
export function isTokenOf(user: string, token: string, secrets: readonly string[], now: number): boolean {
  const [, expiry, signature] = /^(\d{1,15})\.([\w-]{43})$/.exec(token) ?? [];
  if (expiry === undefined || signature === undefined) return false;
  if (Number(expiry) <= now || Number(expiry) > now + longestMs) return false;
  const given = Buffer.from(signature, 'base64url');
  return secrets.some((secret) => {
    const right = createHmac('sha256', secret).update(`${expiry}\n${user}`).digest();
    return given.length === right.length && timingSafeEqual(given, right);
  });
}
