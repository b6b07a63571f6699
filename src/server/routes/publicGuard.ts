import type { FastifyInstance } from 'fastify';
import { comparisonsIn } from '../../catalogue/index.js';
import { EndcapError } from '../../core/index.js';
import { publicLimits } from '../limits.js';
import type { Api } from './api.js';

/** What bodies have in common that name a shopper. */
interface Asked {
  user?: unknown;
  filter?: unknown;
  items?: readonly unknown[];
  exclude?: readonly unknown[];
}

/**
 * Whatever route is asked by a page: it acts for one shopper, and asks what costs little. Events, which come in batches,
 * are looked at one by one where they are taken.
 */
export function guardPublic(app: FastifyInstance, { engine, admission }: Api): void {
  app.addHook('preHandler', async (request, reply) => {
    if (!request.caller?.isPublic || request.routeOptions.url === '/v1/events') return;
    const { body, query } = request;
    const asked: Asked = { ...(query as Asked), ...(body as Asked | null | undefined) };
    if (typeof asked.user === 'string') {
      admission.rights.require(request, asked.user);
      admission.admit(request, reply, [asked.user]);
    }
    requireCheap(asked);
    if (typeof asked.filter === 'string' && !engine.filters.has(asked.filter))
      admission.admitFilter(request, reply);
  });
}

function requireCheap({ filter, items, exclude }: Asked): void {
  const { comparisons, basket, excluded } = publicLimits;
  if (Array.isArray(items) && items.length > basket)
    throw tooMuch('items', `has ${items.length} items`, `at most ${basket}`);
  if (Array.isArray(exclude) && exclude.length > excluded)
    throw tooMuch('exclude', `has ${exclude.length} items`, `at most ${excluded}`);
  const compared = typeof filter === 'string' ? comparisonsIn(filter) : 0;
  if (compared > comparisons)
    throw tooMuch('filter', `has ${compared} comparisons`, `at most ${comparisons}`);
}

function tooMuch(field: string, message: string, most: string): EndcapError {
  const remedy = `With a public key ${most}; a server key may ask for more`;
  return new EndcapError('invalid_request', `${field} ${message}`, {
    remedy,
    errors: [{ field, message, remedy }],
  });
}
