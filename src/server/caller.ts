import type { FastifyRequest } from 'fastify';
import { EndcapError, isAnonymousId } from '../core/index.js';
import type { KeyRing } from './keyRing.js';
import type { Key } from './keys.js';
import { isTokenOf } from './userToken.js';

/** Who asks: this machine where there are no keys, or the holder of a key. */
export interface Caller {
  key?: Key;
  /** A page that anybody can read and imitate: it acts for one shopper, and what it says of others is not believed. */
  isPublic: boolean;
  /** For the audit log. */
  name: string;
}

export const trusted: Caller = { isPublic: false, name: 'this machine' };

export const callerOf = (key: Key): Caller => ({ key, isPublic: key.kind === 'public', name: key.name });

declare module 'fastify' {
  interface FastifyRequest {
    caller: Caller;
  }
}

export const tokenHeader = 'x-endcap-user-token';

/** What tells whether a request may act for a shopper. */
export class ShopperRights {
  constructor(
    private readonly ring: KeyRing | undefined,
    private readonly now: () => number,
  ) {}

  /**
   * A public key may act for an anonymous id, which nobody can guess, or for a known shopper with a token of theirs.
   * A server key may act for all. What is in the way, or undefined.
   */
  fault(request: FastifyRequest, user: string): { message: string; remedy: string } | undefined {
    if (!request.caller.isPublic || isAnonymousId(user)) return undefined;
    const token = request.headers[tokenHeader];
    if (typeof token !== 'string') {
      return {
        message: 'is not an anonymous id of this page, and no token says that it may act for this shopper',
        remedy: `Send an id of "anon_" and 32 random hexadecimal digits, or ${tokenHeader} signed by your server`,
      };
    }
    if (isTokenOf(user, token, this.ring?.secrets(this.now()) ?? [], this.now())) return undefined;
    return {
      message: 'is another shopper than the token says, or the token has ended or is not signed by this shop',
      remedy: 'Get a fresh token for this shopper from your server',
    };
  }

  /** Throws `forbidden` where the request may not act for the shopper. */
  require(request: FastifyRequest, user: string): void {
    const fault = this.fault(request, user);
    if (!fault) return;
    throw new EndcapError('forbidden', `user ${fault.message}`, {
      remedy: fault.remedy,
      errors: [{ field: 'user', ...fault }],
    });
  }
}
