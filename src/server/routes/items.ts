import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { comparisonsIn, type ItemPatch } from '../../catalogue/index.js';
import { EndcapError, type Item, unknownItem } from '../../core/index.js';
import { type Engine, eligibility, warned } from '../../recommend/index.js';
import { publicLimits } from '../limits.js';
import * as schemas from '../schemas.js';
import { ById, type FromSchema, problems, route } from './route.js';

const ItemRef = Type.Unsafe<Item>(Type.Ref('Item'));

const Listing = Type.Object(
  {
    filter: Type.Optional(Type.String({ maxLength: 2_000 })),
    cursor: Type.Optional(Type.String({ pattern: '^[0-9]{1,9}$', description: '`next` of the page before' })),
    count: Type.Optional(
      Type.String({ pattern: '^([1-9][0-9]?|100)$', description: '1 to 100, 50 by default' }),
    ),
  },
  schemas.strict,
);
const Listed = Type.Object({
  items: Type.Array(ItemRef),
  next: Type.Optional(Type.String({ description: 'Absent on the last page' })),
  warnings: schemas.warnings,
});

/** `/v1/items`: the catalogue. */
export function itemRoutes(app: FastifyInstance, engine: Engine): void {
  const api = app.withTypeProvider<FromSchema>();
  const { catalogue } = engine;
  const Batch = Type.Array(ItemRef, { minItems: 1, maxItems: 1_000 });
  const Count = Type.Object({ items: Type.Integer() });
  api.get(
    '/v1/items',
    route('recommend', {
      summary: 'Items that may be shown, page by page',
      querystring: Listing,
      response: { 200: Listed, ...problems },
    }),
    async ({ query, caller }) => {
      const { filter } = query;
      const [cursor, count] = [Number(query.cursor ?? 0), Number(query.count ?? 50)];
      if (filter !== undefined) {
        if (caller.isPublic && comparisonsIn(filter) > publicLimits.comparisons) throw tooCostly();
        await engine.filters.prepare(filter);
      }
      const asked = filter === undefined ? {} : { filter };
      const allowed = eligibility(catalogue, engine.filters, asked, {}, engine.now);
      const items: Item[] = [];
      let at = cursor;
      for (; at < catalogue.handles && items.length < count; at++)
        if (allowed(at)) items.push(catalogue.item(at)!);
      const next = at < catalogue.handles && { next: String(at) };
      return { items, ...next, ...warned(engine.filters, asked) };
    },
  );
  api.put(
    '/v1/items',
    route('items', { summary: 'Add or replace items', body: Batch, response: { 200: Count, ...problems } }),
    async ({ body }) => {
      await catalogue.put(body);
      return { items: body.length };
    },
  );
  api.put(
    '/v1/items/:id',
    route('items', {
      summary: 'Add or replace an item',
      params: ById,
      body: schemas.ItemAtPathBody,
      response: { 200: ItemRef, ...problems },
    }),
    async ({ body, params }) => {
      requireSameId(body.id ?? params.id, params.id);
      const item = { ...body, id: params.id };
      await catalogue.put([item]);
      return item;
    },
  );
  api.patch(
    '/v1/items/:id',
    route('items', {
      summary: 'Change fields of an item; null removes one',
      params: ById,
      body: schemas.ItemPatchBody,
      response: { 200: ItemRef, ...problems },
    }),
    ({ body, params }) => catalogue.patch(params.id, body as ItemPatch),
  );
  api.delete(
    '/v1/items/:id',
    route('items', {
      summary: 'Withdraw an item: it never appears again',
      params: ById,
      response: { 204: Type.Null({ description: 'Withdrawn' }), ...problems },
    }),
    async ({ params }, reply) => {
      await catalogue.remove(params.id);
      return reply.code(204).send(null);
    },
  );
  api.get(
    '/v1/items/:id',
    route('recommend', { summary: 'An item', params: ById, response: { 200: ItemRef, ...problems } }),
    async ({ params }) => {
      const item = catalogue.get(params.id);
      if (item) return item;
      throw unknownItem(params.id, 'path.id');
    },
  );
}

function tooCostly(): EndcapError {
  const message = 'has too many comparisons';
  const remedy = `With a public key at most ${publicLimits.comparisons}; a server key may ask for more`;
  return new EndcapError('invalid_request', `filter ${message}`, {
    remedy,
    errors: [{ field: 'filter', message, remedy }],
  });
}

function requireSameId(inBody: string, inPath: string): void {
  if (inBody === inPath) return;
  const message = `is "${inBody}" where the path says "${inPath}"`;
  const remedy = 'Send the same id in both';
  throw new EndcapError('invalid_request', `id ${message}`, {
    remedy,
    errors: [{ field: 'id', message, remedy }],
  });
}
