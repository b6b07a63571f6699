import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { comparisonsIn } from '../../catalogue/index.js';
import { EndcapError, type RecommendRequest } from '../../core/index.js';
import { publicLimits } from '../limits.js';
import * as schemas from '../schemas.js';
import type { Api } from './api.js';
import { type FromSchema, problems, route } from './route.js';

/** `POST /v1/recommend`. */
export function recommendRoutes(app: FastifyInstance, { engine, admission, experiments }: Api): void {
  const api = app.withTypeProvider<FromSchema>();
  /** What a page may ask: for a shopper it may act for, what costs little. */
  const admit = (request: FastifyRequest, reply: FastifyReply, body: RecommendRequest): void => {
    admission.rights.require(request, body.user);
    admission.admit(request, reply, [body.user]);
    requireCheap(body);
    if (body.filter !== undefined && !engine.filters.has(body.filter)) admission.admitFilter(request, reply);
  };
  api.post(
    '/v1/recommend',
    route('recommend', {
      summary: 'What to show this shopper now',
      body: schemas.RecommendBody,
      response: { 200: Type.Unsafe<unknown>(schemas.RecommendAnswer), ...problems },
    }),
    async (request, reply) => {
      if (request.caller.isPublic) admit(request, reply, request.body);
      return (experiments ?? engine).recommend(request.body);
    },
  );
}

function requireCheap({ filter, items = [], exclude = [] }: RecommendRequest): void {
  const { comparisons, basket, excluded } = publicLimits;
  if (items.length > basket) throw tooMuch('items', `has ${items.length} items`, `at most ${basket}`);
  if (exclude.length > excluded)
    throw tooMuch('exclude', `has ${exclude.length} items`, `at most ${excluded}`);
  const compared = filter === undefined ? 0 : comparisonsIn(filter);
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
