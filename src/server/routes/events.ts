import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type Event, isErased } from '../../core/index.js';
import { takeEvents } from '../events.js';
import { refusal } from '../intake.js';
import * as schemas from '../schemas.js';
import { streamEvents } from '../stream.js';
import type { Api } from './api.js';
import { type FromSchema, problems, route } from './route.js';

const UserQuery = Type.Object({ user: Type.Optional(schemas.ItemId) }, schemas.strict);

const whole = (text: string): string => `^(0|[1-9][0-9]{0,${text}})$`;
const LogQuery = Type.Object(
  {
    from: Type.Optional(
      Type.String({ pattern: whole('14'), description: 'Offset to begin at; `next` of the page before' }),
    ),
    to: Type.Optional(Type.String({ pattern: whole('14'), description: 'Offset to end before' })),
    type: Type.Optional(Type.String({ maxLength: 1_000, description: 'Types, between commas' })),
  },
  schemas.strict,
);
const Logged = Type.Object({
  events: Type.Array(
    Type.Object({
      offset: Type.Integer(),
      event: Type.Unsafe<Event>(Type.Object({}, { additionalProperties: true })),
    }),
  ),
  next: Type.Optional(Type.Integer({ description: 'Absent at the end of the log' })),
});
/** Events that one call gives, and places of the log that it looks at. */
const eventsInPage = 1_000;
const placesInPage = 20_000;

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
    const isBatch = Array.isArray(request.body);
    if (!isBatch && first?.error) {
      // It came alone: it is in no row.
      const { row: _, ...fault } = first.error;
      throw refusal([fault]);
    }
    if (events.some(({ status }) => status === 'rejected')) return reply.code(207).send({ events });
    // Of a thousand, by the engine itself: with no errors it says the same, and leaves a fifth of the garbage.
    if (isBatch) return reply.type('application/json; charset=utf-8').send(JSON.stringify({ events }));
    return { events };
  });
  const read = route('admin', {
    summary: 'The log, page by page',
    querystring: LogQuery,
    response: { 200: Logged, ...problems },
  });
  app.withTypeProvider<FromSchema>().get('/v1/events', read, async ({ query }) => {
    const { log } = api.engine.store;
    const types = query.type?.split(',');
    const from = Number(query.from ?? 0);
    const head = Math.min(Number(query.to ?? log.head), log.head);
    const end = Math.min(head, from + placesInPage);
    const events: { offset: number; event: Event }[] = [];
    let next = end;
    for await (const { offset, event } of from < end ? log.read(from, end) : []) {
      if (isErased(event) || (types && !types.includes(event.type))) continue;
      events.push({ offset, event });
      next = offset + 1;
      if (events.length === eventsInPage) break;
      next = end;
    }
    return { events, ...(next < head && { next }) };
  });
  const stream = route('admin', { summary: 'Accepted events as they arrive (SSE)', querystring: UserQuery });
  // Without the route for HEAD that every other has: it would hold a place and never end.
  app.get('/v1/events/stream', { ...stream, exposeHeadRoute: false }, streamEvents(app, api.engine));
}
