import { EndcapApiError } from './errors.js';

export interface TransportOptions {
  baseUrl: string;
  key?: string;
  token?: string | (() => string | Promise<string>);
  /** Tries after the first, default 4. */
  retries: number;
  /** Longest first pause, ms; each further one is twice as long, up to 30 s. */
  backoff: number;
  /** One try may take this long, ms. */
  timeout: number;
  fetch: typeof fetch;
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type Send = <T>(method: Method, path: string, body?: unknown) => Promise<T>;

const longestPause = 30_000;

/** Pause before try `n` (1, 2, …): uniform in [0, base·2ⁿ⁻¹], so that clients do not come back in step. */
export function pause(n: number, base: number, chance: () => number = Math.random): number {
  return chance() * Math.min(longestPause, base * 2 ** (n - 1));
}

/**
 * JSON over HTTP with retries. Every call of the API is safe to repeat (events carry ids), so a lost
 * connection, a timeout, 408, 429 and 5xx are tried again; other refusals throw `EndcapApiError` at once.
 */
export function createTransport(options: TransportOptions): Send {
  const attempt = async (method: Method, path: string, body: unknown): Promise<Response> => {
    const token = typeof options.token === 'function' ? await options.token() : options.token;
    const headers = requestHeaders({ key: options.key, token }, body !== undefined);
    const response = await options.fetch(options.baseUrl + path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(options.timeout),
    });
    if (!response.ok) throw await EndcapApiError.from(response);
    return response;
  };
  return async <T>(method: Method, path: string, body?: unknown): Promise<T> => {
    for (let tries = 1; ; tries++) {
      try {
        const response = await attempt(method, path, body);
        const text = await response.text();
        return (text === '' ? undefined : JSON.parse(text)) as T;
      } catch (error) {
        const refused = error instanceof EndcapApiError;
        if (tries > options.retries || (refused && !error.transient)) throw error;
        const asked = refused ? Math.min(longestPause, (error.retryAfter ?? 0) * 1000) : 0;
        await sleep(Math.max(asked, pause(tries, options.backoff)));
      }
    }
  };
}

export function requestHeaders(
  { key, token }: { key?: string | undefined; token?: string | undefined },
  json: boolean,
): Record<string, string> {
  return {
    ...(json && { 'content-type': 'application/json' }),
    ...(key !== undefined && { authorization: `Bearer ${key}` }),
    ...(token !== undefined && { 'x-endcap-user-token': token }),
  };
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
