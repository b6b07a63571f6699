import type { FastifyInstance, FastifyTypeProvider, RouteShorthandOptions } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import type { ItemPatch } from '../catalogue/index.js';
import { EndcapError, type Item } from '../core/index.js';
import type { Engine } from '../engine/index.js';
import type { Scope } from './access.js';
import { streamEvents, takeEvents } from './events.js';
import type { Metrics } from './metrics.js';
import type { Quarantine } from './quarantine.js';
import * as schemas from './schemas.js';

/** Types of bodies and parameters from their schemas. */
interface FromSchema extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

const problems = { '4xx': Type.Ref('Problem'), '5xx': Type.Ref('Problem') };
const ById = Type.Object({ id: schemas.ItemId });
const UserQuery = Type.Object({ user: Type.Optional(schemas.ItemId) });
const ItemRef = Type.Unsafe<Item>(Type.Ref('Item'));

export function addRoutes(
  app: FastifyInstance,
  engine: Engine,
  quarantine: Quarantine,
  meters: Metrics,
): void {
  eventRoutes(app, engine, quarantine, meters);
  itemRoutes(app, engine);
  shopperRoutes(app, engine);
  operatorRoutes(app, engine, meters);
}

function eventRoutes(app: FastifyInstance, engine: Engine, quarantine: Quarantine, meters: Metrics): void {
  const body = Type.Union([
    schemas.EventBody,
    Type.Array(schemas.EventBody, { minItems: 1, maxItems: 1_000 }),
  ]);
  const answers = { 200: schemas.EventResults, 207: schemas.EventResults, ...problems };
  const post = {
    ...route('events', { summary: 'Log one event or a batch', body, response: answers }),
    // What is wrong is found again by `takeEvents`, so that one bad event does not take the others with it.
    attachValidation: true,
  };
  app.post('/v1/events', post, async (request, reply) => {
    const events = await takeEvents(engine, quarantine, request);
    for (const { status } of events) meters.events.inc({ status });
    const [first] = events;
    if (!Array.isArray(request.body) && first?.error) throw refusal(first.error);
    return reply.code(events.some(({ status }) => status === 'rejected') ? 207 : 200).send({ events });
  });
  const stream = route('admin', { summary: 'Accepted events as they arrive (SSE)', querystring: UserQuery });
  app.get('/v1/events/stream', stream, streamEvents(app, engine));
}

function refusal(fault: NonNullable<schemas.EventResult['error']>): EndcapError {
  const { row: _, ...rest } = fault;
  const { field, message, remedy } = rest;
  return new EndcapError('invalid_event', `${field} ${message}`, { errors: [rest], remedy });
}

function itemRoutes(app: FastifyInstance, engine: Engine): void {
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
      const message = `There is no item "${params.id}"`;
      const remedy = 'Check the id, or put the item first';
      const errors = [{ field: 'path.id', message, remedy }];
      throw new EndcapError('unknown_item', message, { status: 404, remedy, errors });
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

function shopperRoutes(app: FastifyInstance, engine: Engine): void {
  const api = app.withTypeProvider<FromSchema>();
  api.post(
    '/v1/recommend',
    route('recommend', {
      summary: 'What to show this shopper now',
      body: schemas.RecommendBody,
      response: { 200: Type.Unsafe<unknown>(schemas.RecommendAnswer), ...problems },
    }),
    ({ body }) => engine.recommend(body),
  );
  api.get(
    '/v1/users/:id/profile',
    route('admin', {
      summary: 'What is known of a shopper',
      params: ById,
      response: { 200: Type.Unsafe<unknown>(schemas.ProfileAnswer), ...problems },
    }),
    async ({ params }) => ({ ...engine.profile(params.id), cart: engine.state.cart(params.id) }),
  );
}

function operatorRoutes(app: FastifyInstance, engine: Engine, meters: Metrics): void {
  app.get('/health', { schema: { summary: 'The process lives' } }, async () => ({ status: 'ok' }));
  app.get('/ready', { schema: { summary: 'What it serves from' } }, async () => ({
    status: 'ready',
    offset: engine.state.offset,
    items: engine.catalogue.size,
    model: engine.model ?? null,
  }));
  app.get('/metrics', route('admin', { summary: 'For Prometheus' }), async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await meters.text()),
  );
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger());
}

/** A key with the scope; none where the server has no keys. */
const security = (scope: Scope): Record<string, Scope[]>[] => [{}, { key: [scope] }];

function route<Schema>(scope: Scope, schema: Schema & RouteShorthandOptions['schema']) {
  return { schema: { ...schema, security: security(scope) }, config: { scope } };
}
