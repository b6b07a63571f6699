import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EndcapError, type Event, type FieldError, isId, newId } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { faultOf } from './problem.js';
import type { Quarantine } from './quarantine.js';
import { EventBody, type EventResult } from './schemas.js';

export const maxEvents = 1_000;
const earliest = Date.UTC(1995, 0, 1);
const aheadAtMost = 86_400_000;

/** Takes one event or a batch: what is right is logged, what is wrong is set aside, each with its own answer. */
export async function takeEvents(
  engine: Engine,
  quarantine: Quarantine,
  request: FastifyRequest,
): Promise<EventResult[]> {
  const raw = batchOf(request.body);
  // Checked one by one only where the whole was found wrong.
  const validate = request.validationError ? request.compileValidationSchema(EventBody, 'body') : undefined;
  const faults: (FieldError | undefined)[] = [];
  const events: Event[] = [];
  const results: EventResult[] = raw.map((body, row) => {
    const checked =
      !validate || validate(body) ? toEvent(body as EventBody, engine.now) : faultOf(validate.errors![0]!);
    if ('field' in checked) {
      faults[row] = { ...checked, row };
      return { id: idOf(body), status: 'rejected', error: faults[row] };
    }
    events.push(checked);
    return { id: checked.id, status: 'accepted' };
  });
  const appended = events.length > 0 ? await engine.ingest(events) : [];
  let next = 0;
  for (const result of results) {
    if (result.status === 'rejected') continue;
    const { offset, duplicate } = appended[next++]!;
    result.offset = offset;
    if (duplicate) result.status = 'duplicate';
  }
  const rejected = raw.flatMap((data, row) => (faults[row] ? [{ fault: faults[row], data }] : []));
  if (rejected.length > 0) await quarantine.add(rejected);
  return results;
}

function batchOf(body: unknown): unknown[] {
  const batch = Array.isArray(body) ? body : [body];
  if (batch.length > 0 && batch.length <= maxEvents) return batch;
  const message = `The batch has ${batch.length} events`;
  const remedy = `Send 1 to ${maxEvents} events at a time`;
  throw new EndcapError('invalid_request', message, { remedy, errors: [{ field: 'body', message, remedy }] });
}

function idOf(body: unknown): string {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : '';
  return typeof id === 'string' ? id.slice(0, 128) : '';
}

/** The event as it is logged, or what is wrong with its meaning. */
function toEvent(body: EventBody, now: number): Event | FieldError {
  const time = typeof body.time === 'string' ? timeOf(body.time) : (body.time ?? now);
  if (!Number.isFinite(time)) {
    return { field: 'time', message: 'is not a time', remedy: 'Send milliseconds since 1970 or ISO 8601' };
  }
  if (time > now + aheadAtMost) {
    return {
      field: 'time',
      message: 'is in the future',
      remedy: 'Check the clock and the unit (milliseconds)',
    };
  }
  if (time < earliest) {
    return { field: 'time', message: 'is before 1995', remedy: 'Send milliseconds, not seconds, since 1970' };
  }
  if (body.type === 'identify' && !isId(body.context?.anonymous)) {
    return {
      field: 'context.anonymous',
      message: 'is missing or not an id',
      remedy: 'Send the id that the shopper had before they were known',
    };
  }
  return { ...body, id: body.id ?? newId('evt', now), items: body.items ?? [], time };
}

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/** Milliseconds of an ISO 8601 text; without a zone it is UTC, wherever the server stands. NaN for any other text. */
function timeOf(text: string): number {
  const parts = iso.exec(text);
  if (!parts) return Number.NaN;
  const [, clock, , , zone] = parts;
  return Date.parse(clock !== undefined && zone === undefined ? `${text}Z` : text);
}

/** `GET /v1/events/stream`: accepted events as server-sent events, for a page that shows them arriving. */
export function streamEvents(
  app: FastifyInstance,
  engine: Engine,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const open = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
  return (request, reply) => {
    if (open.size >= maxStreams) {
      throw new EndcapError('too_many_streams', `At most ${maxStreams} streams at a time`, {
        remedy: 'Close one first',
      });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    raw.write(':\n\n');
    const { user } = request.query as { user?: string };
    const beat = setInterval(() => raw.write(':\n\n'), 15_000).unref();
    const stop = engine.onEvent((offset, event) => {
      if (user !== undefined && event.user !== user) return;
      // A reader that does not keep up is let go: memory is bounded by configuration, not by traffic.
      if (raw.writableLength > slowReader) end();
      else raw.write(`id: ${offset}\ndata: ${JSON.stringify({ offset, event })}\n\n`);
    });
    const end = (): void => {
      clearInterval(beat);
      stop();
      open.delete(end);
      raw.end();
    };
    open.add(end);
    raw.on('close', end);
  };
}
const maxStreams = 100;
const slowReader = 1 << 20;
