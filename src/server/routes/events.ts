import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { refusal, takeEvents } from '../events.js';
import * as schemas from '../schemas.js';
import { streamEvents } from '../stream.js';
import type { Api } from './api.js';
import { problems, route } from './route.js';

const UserQuery = Type.Object({ user: Type.Optional(schemas.ItemId) });

/** `POST /v1/events` and the stream of what was accepted. */
export function eventRoutes(app: FastifyInstance, api: Api): void {
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
    const events = await takeEvents(api, request, reply);
    const [first] = events;
    if (!Array.isArray(request.body) && first?.error) throw refusal(first.error);
    return reply.code(events.some(({ status }) => status === 'rejected') ? 207 : 200).send({ events });
  });
  const stream = route('admin', { summary: 'Accepted events as they arrive (SSE)', querystring: UserQuery });
  // Without the route for HEAD that every other has: it would hold a place and never end.
  app.get('/v1/events/stream', { ...stream, exposeHeadRoute: false }, streamEvents(app, api.engine));
}
