import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import * as schemas from '../schemas.js';
import type { Api } from './api.js';
import { ById, type FromSchema, problems, route } from './route.js';

/** `/v1/users`: what is known of a shopper. */
export function userRoutes(app: FastifyInstance, { engine }: Api): void {
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
