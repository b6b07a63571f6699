import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EndcapError } from '../core/index.js';
import type { ShopperRights } from './caller.js';
import { Buckets, defaultLimits, type Limits, networkOf, publicLimits, type Rate } from './limits.js';
import type { Metrics } from './metrics.js';

/** Which rate was exceeded: a label of the metric. */
export type RefusedBy = 'key' | 'shopper' | 'address' | 'newcomers' | 'filters' | 'events';

/**
 * Lets in what comes with a public key as often as it may: by key and address before the body is read, by shopper once
 * it is. A server key has a rate only where it says one.
 */
export class Admission {
  readonly #buckets = new Buckets();
  readonly #limits: Limits;

  constructor(
    app: FastifyInstance,
    readonly rights: ShopperRights,
    private readonly meters: Metrics,
    limits: Partial<Limits> = {},
    private readonly now: () => number = Date.now,
  ) {
    this.#limits = { ...defaultLimits, ...limits };
    app.addHook('onRequest', (request, reply, done) => {
      this.#knock(request, reply);
      done();
    });
  }

  /** Takes a token of each shopper that the request is of. */
  admit(request: FastifyRequest, reply: FastifyReply, users: Iterable<string>): void {
    if (!request.caller.isPublic) return;
    for (const user of new Set(users)) {
      const name = `shopper ${user}`;
      if (!this.#buckets.has(name)) {
        this.meters.newcomers.inc();
        this.#take('newcomers', `newcomers ${networkOf(request.ip)}`, this.#limits.newcomers, reply);
      }
      this.#take('shopper', name, this.#limits.shopper, reply);
    }
  }

  /** Takes a token for each event of a batch; `users` has the shopper of each. */
  admitEvents(request: FastifyRequest, reply: FastifyReply, users: readonly string[]): void {
    if (!request.caller.isPublic) return;
    const byUser = new Map<string, number>();
    for (const user of users) byUser.set(user, 1 + (byUser.get(user) ?? 0));
    for (const [user, events] of byUser)
      this.#take('events', `events ${user}`, this.#limits.events, reply, events);
    const name = `address events ${networkOf(request.ip)}`;
    if (users.length > 0) this.#take('events', name, this.#limits.addressEvents, reply, users.length);
  }

  /** Takes a token for a filter that has to be worked out anew. */
  admitFilter(request: FastifyRequest, reply: FastifyReply): void {
    if (request.caller.isPublic)
      this.#take('filters', `filters ${networkOf(request.ip)}`, this.#limits.filters, reply);
  }

  #knock(request: FastifyRequest, reply: FastifyReply): void {
    const { key, isPublic } = request.caller;
    if (!key) return;
    const own = key.perMinute;
    if (own !== undefined) this.#take('key', `key ${key.name}`, { burst: own, perMinute: own }, reply);
    if (!isPublic) return;
    if (own === undefined) this.#take('key', `key ${key.name}`, this.#limits.key, reply);
    this.#take('address', `address ${networkOf(request.ip)}`, this.#limits.address, reply);
    requireSmallBody(request);
  }

  #take(by: RefusedBy, name: string, rate: Rate, reply: FastifyReply, cost = 1): void {
    const waitMs = this.#buckets.take(name, rate, this.now(), cost);
    if (waitMs === 0) return;
    this.meters.refused.inc({ by });
    const seconds = Math.ceil(waitMs / 1000);
    reply.header('retry-after', String(seconds));
    throw new EndcapError('too_many_requests', `Too many requests: the rate by ${by} is reached`, {
      remedy: `Try again in ${seconds} s`,
    });
  }
}

/** The size is told before the body is read: parsing it would be the first thing that costs. */
function requireSmallBody({ headers, method }: FastifyRequest): void {
  if (method === 'GET' || method === 'HEAD') return;
  const size = Number(headers['content-length']);
  if (size <= publicLimits.body) return;
  const remedy = `Send at most ${publicLimits.body >> 10} KiB at a time, with a content-length`;
  const message = 'The body is too large for a public key, or does not say its size';
  throw new EndcapError('body_too_large', message, {
    remedy,
    errors: [{ field: 'body', message, remedy }],
  });
}
