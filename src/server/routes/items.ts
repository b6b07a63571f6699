import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { ItemPatch } from '../../catalogue/index.js';
import { EndcapError, type Item, unknownItem } from '../../core/index.js';
import type { Engine } from '../../recommend/index.js';
import * as schemas from '../schemas.js';
import { ById, type FromSchema, problems, route } from './route.js';

const ItemRef = Type.Unsafe<Item>(Type.Ref('Item'));

/** `/v1/items`: the catalogue. */
export function itemRoutes(app: FastifyInstance, engine: Engine): void {
  const api = app.withTypeProvider<FromSchema>();
  const { catalogue } = engine;
  const Batch = Type.Array(ItemRef, { minItems: 1, maxItems: 1_000 });
  const Count = Type.Object({ items: Type.Integer() });
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

function requireSameId(inBody: string, inPath: string): void {
  if (inBody === inPath) return;
  const message = `is "${inBody}" where the path says "${inPath}"`;
  const remedy = 'Send the same id in both';
  throw new EndcapError('invalid_request', `id ${message}`, {
    remedy,
    errors: [{ field: 'id', message, remedy }],
  });
}
