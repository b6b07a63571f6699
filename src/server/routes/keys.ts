import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { KeyFile } from '../keyFile.js';
import type { KeyRing } from '../keyRing.js';
import { type KeyKind, keyKinds, type Scope, scopes } from '../keys.js';
import { strict } from '../schemas.js';
import { type FromSchema, problems, route } from './route.js';

const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>({ type: 'string', enum: [...values] });
const Name = Type.String({ pattern: '^[A-Za-z0-9_.-]{1,64}$' });
const ByName = Type.Object({ name: Name });
const shape = {
  kind: oneOf<KeyKind>(keyKinds),
  scopes: Type.Optional(Type.Array(oneOf<Scope>(scopes), { maxItems: scopes.length })),
  origins: Type.Optional(Type.Array(Type.String({ maxLength: 300 }), { minItems: 1, maxItems: 50 })),
  perMinute: Type.Optional(Type.Number({ exclusiveMinimum: 0, description: 'Requests a minute' })),
  expires: Type.Optional(Type.Number({ description: 'Milliseconds since 1970' })),
};
const NewKey = Type.Object({ name: Name, ...shape }, strict);
const Overlap = Type.Object(
  {
    overlapSeconds: Type.Optional(
      Type.Number({ minimum: 0, maximum: 90 * 86_400, description: 'How long the key before goes on' }),
    ),
  },
  strict,
);
const Listed = Type.Object({ name: Name, ...shape, created: Type.Number(), fingerprint: Type.String() });
const Shown = Type.Object({ key: Type.String({ description: 'Shown once' }), entry: Listed });
const oneDay = 86_400;

/** `/v1/keys`: made, listed, rotated and revoked while the server runs. */
export function keyRoutes(app: FastifyInstance, keyFile: KeyFile, ring: KeyRing | undefined): void {
  const api = app.withTypeProvider<FromSchema>();
  api.get(
    '/v1/keys',
    route('admin', {
      summary: 'Keys, without what would let anybody use them',
      response: { 200: Type.Object({ keys: Type.Array(Listed) }), ...problems },
    }),
    async () => ({ keys: (await keyFile.list()) as never }),
  );
  api.post(
    '/v1/keys',
    route('admin', { summary: 'Make a key', body: NewKey, response: { 201: Shown, ...problems } }),
    async ({ body, caller }, reply) => {
      const made = await keyFile.create({ ...body, scopes: body.scopes ?? [] }, caller.name);
      await ring?.refresh();
      return reply.code(201).send(made as never);
    },
  );
  api.post(
    '/v1/keys/:name/rotate',
    route('admin', {
      summary: 'Make a successor; the key before goes on for a while',
      params: ByName,
      body: Type.Union([Overlap, Type.Null()]),
      response: { 201: Shown, ...problems },
    }),
    async ({ params, body, caller }, reply) => {
      const made = await keyFile.rotate(params.name, 1000 * (body?.overlapSeconds ?? oneDay), caller.name);
      await ring?.refresh();
      return reply.code(201).send(made as never);
    },
  );
  api.delete(
    '/v1/keys/:name',
    route('admin', {
      summary: 'Revoke a key: refused from now on',
      params: ByName,
      response: { 204: Type.Null({ description: 'Revoked' }), ...problems },
    }),
    async ({ params, caller }, reply) => {
      await keyFile.revoke(params.name, caller.name);
      await ring?.refresh();
      return reply.code(204).send(null);
    },
  );
}
