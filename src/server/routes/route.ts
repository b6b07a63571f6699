import type { FastifyTypeProvider, RouteShorthandOptions } from 'fastify';
import Type, { type Static, type TSchema } from 'typebox';
import type { Scope } from '../keys.js';
import * as schemas from '../schemas.js';

/** Types of bodies and parameters from their schemas. */
export interface FromSchema extends FastifyTypeProvider {
  validator: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
  serializer: this['schema'] extends TSchema ? Static<this['schema']> : unknown;
}

const problem = {
  description: 'RFC 9457',
  content: { 'application/problem+json': { schema: Type.Ref('Problem') } },
};
export const problems = { '4xx': problem, '5xx': problem };
export const ById = Type.Object({ id: schemas.ItemId });

/** A key with the scope; none where the server has no keys. */
const security = (scope: Scope): Record<string, Scope[]>[] => [{}, { key: [scope] }];

const nothing = Type.Object({}, schemas.strict);

/** What a route says of itself, and the scope it asks for. A parameter that it does not name is refused, not ignored. */
export function route<Schema>(scope: Scope, schema: Schema & RouteShorthandOptions['schema']) {
  return { schema: { querystring: nothing, ...schema, security: security(scope) }, config: { scope } };
}
