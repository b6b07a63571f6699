import { createHmac, timingSafeEqual } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { guardedLookup, type IsAllowed, isPublicAddress } from './address.js';

const timeoutMs = 10_000;

export interface WebhookCall {
  url: string;
  secret: string;
  /** Sent as `idempotency-key`: a receiver that has seen it does nothing. */
  key: string;
  body: string;
}

/** `t=<seconds>,v1=<HMAC-SHA256 of "seconds.body" in hex>`. */
export function sign(body: string, secret: string, seconds: number): string {
  const mac = createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex');
  return `t=${seconds},v1=${mac}`;
}

/** Whether a signature is right and not older than `maxAgeSeconds`: what a receiver does. */
export function isSigned(
  body: string,
  secret: string,
  signature: string,
  nowSeconds: number,
  maxAgeSeconds = 300,
): boolean {
  const seconds = Number(/^t=(\d+),v1=[0-9a-f]{64}$/.exec(signature)?.[1] ?? Number.NaN);
  if (!(Math.abs(nowSeconds - seconds) <= maxAgeSeconds)) return false;
  const right = Buffer.from(sign(body, secret, seconds));
  // The same second can be written longer, and what differs in length cannot be compared.
  return signature.length === right.length && timingSafeEqual(Buffer.from(signature), right);
}

/** Posts one call; resolves where it was answered with 2xx, rejects with the reason else. Redirects are not followed. */
export function callWebhook(
  { url, secret, key, body }: WebhookCall,
  now: number,
  { allowed = isPublicAddress, timeout = timeoutMs }: { allowed?: IsAllowed; timeout?: number } = {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    const target = new URL(url);
    const host = target.hostname.replace(/^\[(.*)\]$/, '$1');
    // An address in the URL is never looked up: it is checked here.
    if (isIP(host) > 0 && !allowed(host)) return reject(new Error(`${host} is a private address`));
    const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
    const call = send(
      target,
      {
        method: 'POST',
        lookup: guardedLookup(allowed),
        signal: AbortSignal.timeout(timeout),
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          'idempotency-key': key,
          'endcap-signature': sign(body, secret, Math.floor(now / 1000)),
        },
      },
      (answer) => {
        const { statusCode = 0 } = answer;
        answer.destroy();
        if (statusCode >= 200 && statusCode < 300) return resolve();
        const redirect = statusCode >= 300 && statusCode < 400;
        reject(
          new Error(redirect ? `redirects (${statusCode}), which is not followed` : `answered ${statusCode}`),
        );
      },
    );
    call.on('error', (error) =>
      reject(
        error.name === 'AbortError' || error.name === 'TimeoutError'
          ? new Error(`no answer within ${timeout} ms`)
          : error,
      ),
    );
    call.end(body);
  });
}
