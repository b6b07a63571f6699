import type { FastifyReply, FastifyRequest } from 'fastify';
import { EndcapError, type Event, type FieldError, isId } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import type { Admission } from './admission.js';
import { faultOf } from './fault.js';
import { type Arrival, type Fault, isRobot, toEvent } from './intake.js';
import { publicLimits } from './limits.js';
import type { Metrics } from './metrics.js';
import type { Quarantine } from './quarantine.js';
import { EventBody, type EventResult } from './schemas.js';

export const maxEvents = 1_000;

/** What taking events needs. Pages have a quarantine of their own: they must not push out what a shop's server sent. */
export interface Intake {
  engine: Engine;
  quarantine: Quarantine;
  publicQuarantine: Quarantine;
  admission: Admission;
  meters: Metrics;
}

/** Takes one event or a batch: what is right is logged, what is wrong is set aside, each with its own answer. */
export async function takeEvents(
  intake: Intake,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<EventResult[]> {
  const { engine, admission, meters } = intake;
  const { caller } = request;
  const raw = batchOf(request.body, caller.isPublic);
  // Checked one by one only where the whole was found wrong.
  const validate = request.validationError ? request.compileValidationSchema(EventBody, 'body') : undefined;
  const robot = caller.isPublic && isRobot(request.headers['user-agent']);
  const arrival: Arrival = { caller, robot, now: engine.now };
  const faults: (FieldError | undefined)[] = [];
  const events: Event[] = [];
  const results: EventResult[] = raw.map((body, row) => {
    const id = idOf(body);
    const checked =
      !validate || validate(body)
        ? (faultOfRights(admission, request, body as EventBody) ??
          toEvent(engine, body as EventBody, arrival))
        : faultOf(validate.errors![0]!);
    if (checked === undefined) return { id, status: 'not_kept' };
    if ('field' in checked) {
      faults[row] = { ...checked, row };
      return { id, status: 'rejected', error: faults[row] };
    }
    events.push(checked);
    return { id: id || checked.id, status: 'accepted' };
  });
  if (caller.isPublic) {
    const users = shoppersOf(raw, faults);
    admission.admit(request, reply, users);
    admission.admitEvents(request, reply, users);
  }
  if (robot) meters.robots.inc(events.length);
  const uncounted = events.reduce((sum, { items }) => sum + items.filter((item) => item.unlisted).length, 0);
  if (uncounted > 0) meters.uncounted.inc(uncounted);
  const appended = events.length > 0 ? await engine.ingest(events) : [];
  let next = 0;
  const counts = new Map<EventResult['status'], number>();
  for (const result of results) {
    if (result.status === 'accepted') {
      const { offset, duplicate } = appended[next++]!;
      result.offset = offset;
      if (duplicate) result.status = 'duplicate';
    }
    counts.set(result.status, (counts.get(result.status) ?? 0) + 1);
  }
  for (const [status, count] of counts) meters.events.inc({ status }, count);
  const rejected = faults.flatMap((fault, row) => (fault ? [{ fault, data: raw[row] }] : []));
  if (rejected.length > 0)
    await (caller.isPublic ? intake.publicQuarantine : intake.quarantine).add(rejected);
  return results;
}

function batchOf(body: unknown, isPublic: boolean): unknown[] {
  const batch = Array.isArray(body) ? body : [body];
  const most = isPublic ? publicLimits.events : maxEvents;
  if (batch.length === 0 || batch.length > most) {
    throw refusedBatch(`The batch has ${batch.length} events`, `Send 1 to ${most} events at a time`);
  }
  if (!isPublic) return batch;
  const items = batch.reduce<number>((sum, event) => sum + sizeOf((event as EventBody | null)?.items), 0);
  if (items > publicLimits.items) {
    throw refusedBatch(`The batch has ${items} items`, `Send at most ${publicLimits.items} at a time`);
  }
  if (new Set(batch.map(userOf)).size > publicLimits.shoppers) {
    throw refusedBatch('The batch is of many shoppers', 'A public key acts for one shopper');
  }
  return batch;
}

const sizeOf = (items: unknown): number => (Array.isArray(items) ? items.length : 0);
const userOf = (event: unknown): unknown => (event as EventBody | null)?.user;

function refusedBatch(message: string, remedy: string): EndcapError {
  return new EndcapError('invalid_request', message, {
    remedy,
    errors: [{ field: 'body', message, remedy }],
  });
}

function faultOfRights(
  admission: Admission,
  request: FastifyRequest,
  { user }: EventBody,
): Fault | undefined {
  const fault = admission.rights.fault(request, user);
  return fault && { field: 'user', code: 'forbidden', ...fault };
}

/** Shoppers of the events that are right; a shopper nobody acts for must not lose their rate to a stranger. */
function shoppersOf(raw: readonly unknown[], faults: readonly (FieldError | undefined)[]): string[] {
  return raw.flatMap((event, row) => {
    const user = faults[row] ? undefined : userOf(event);
    return isId(user) ? [user] : [];
  });
}

function idOf(body: unknown): string {
  const id = typeof body === 'object' && body !== null && 'id' in body ? body.id : '';
  return typeof id === 'string' ? id.slice(0, 128) : '';
}
