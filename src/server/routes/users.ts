import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import type { Engine } from '../../recommend/index.js';
import * as schemas from '../schemas.js';
import { ById, type FromSchema, problems, route } from './route.js';

/** `/v1/users`: what is known of a shopper. */
export function userRoutes(app: FastifyInstance, engine: Engine): void {
  const api = app.withTypeProvider<FromSchema>();
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
