import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import * as schemas from '../schemas.js';
import type { Api } from './api.js';
import { type FromSchema, problems, route } from './route.js';

/** `POST /v1/recommend`. */
export function recommendRoutes(app: FastifyInstance, { engine, experiments }: Api): void {
  const api = app.withTypeProvider<FromSchema>();
  api.post(
    '/v1/recommend',
    route('recommend', {
      summary: 'What to show this shopper now',
      body: schemas.RecommendBody,
      response: { 200: Type.Unsafe<unknown>(schemas.RecommendAnswer), ...problems },
    }),
    ({ body }) => (experiments ?? engine).recommend(body),
  );
}
