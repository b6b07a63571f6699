import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { EndcapError } from '../../core/index.js';
import type { Engine } from '../../recommend/index.js';
import { streamEvents, takeEvents } from '../events.js';
import type { Metrics } from '../metrics.js';
import type { Quarantine } from '../quarantine.js';
import * as schemas from '../schemas.js';
import { problems, route } from './route.js';

const UserQuery = Type.Object({ user: Type.Optional(schemas.ItemId) });

/** `POST /v1/events` and the stream of what was accepted. */
export function eventRoutes(
  app: FastifyInstance,
  engine: Engine,
  quarantine: Quarantine,
  meters: Metrics,
): void {
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
