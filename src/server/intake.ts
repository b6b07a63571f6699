import { createHmac, randomBytes } from 'node:crypto';
import {
  EndcapError,
  type ErrorCode,
  type Event,
  type FieldError,
  isAnonymousId,
  isId,
  newId,
  type Purpose,
} from '../core/index.js';
import { readTime } from '../prepare/index.js';
import type { Engine } from '../recommend/index.js';
import type { Caller } from './caller.js';
import type { EventBody } from './schemas.js';

const earliest = Date.UTC(1995, 0, 1);
const aheadAtMost = 86_400_000;

/** What is wrong with an event, and as which error where it came alone. */
export type Fault = FieldError & { code?: ErrorCode };

/** What was wrong, as one error: it says the first, and lists all. */
export function refusal(faults: readonly Fault[], code: ErrorCode = 'invalid_event'): EndcapError {
  const [{ field, message, remedy, row, code: own = code }] = faults as [Fault];
  const where = row === undefined ? '' : ` (row ${row})`;
  const errors = faults.map(({ code: _, ...fault }) => fault);
  return new EndcapError(own, `${field} ${message}${where}`, { errors, remedy });
}

/** How an event arrived. */
export interface Arrival {
  caller: Caller;
  robot: boolean;
  now: number;
}

/**
 * The event as it is logged, which is the body itself with what it lacks; what is wrong with its meaning, the body being
 * as it was; or undefined where its consent allows nothing.
 */
export function toEvent(engine: Engine, body: EventBody, arrival: Arrival): Event | Fault | undefined {
  const { caller, now } = arrival;
  const said = typeof body.time === 'string' ? timeOf(body.time) : (body.time ?? now);
  // The clock of a page may be wrong, or lie: nothing it says is ahead of ours.
  const time = caller.isPublic ? Math.min(said, now) : said;
  const fault = faultOfTime(time, now) ?? faultOfIdentify(engine, body, caller);
  if (fault) return fault;
  body.id ??= newId('evt', now);
  body.items ??= [];
  body.time = time;
  const event = body as Event;
  if (caller.key) event.key = caller.key.name;
  if (arrival.robot) event.robot = true;
  if (caller.isPublic) event.received = now;
  for (const item of event.items) if (!isListed(engine, item.id, caller)) item.unlisted = true;
  return withConsent(event, now);
}

/** A page makes no rows for items that it invents, a shop's server not without end. */
const isListed = (engine: Engine, item: string, { isPublic }: Caller): boolean =>
  isPublic ? engine.catalogue.get(item) !== undefined : engine.admits(item);

function faultOfTime(time: number, now: number): Fault | undefined {
  if (!Number.isFinite(time))
    return { field: 'time', message: 'is not a time', remedy: 'Send milliseconds since 1970 or ISO 8601' };
  if (time > now + aheadAtMost)
    return {
      field: 'time',
      message: 'is in the future',
      remedy: 'Check the clock and the unit (milliseconds)',
    };
  if (time < earliest)
    return { field: 'time', message: 'is before 1995', remedy: 'Send milliseconds, not seconds, since 1970' };
  return undefined;
}

/** `identify` gives a known shopper what an anonymous one did: never what another known one did. */
function faultOfIdentify(
  engine: Engine,
  { type, user, context }: EventBody,
  caller: Caller,
): Fault | undefined {
  if (type !== 'identify') return undefined;
  const field = 'context.anonymous';
  const anonymous = context?.anonymous;
  if (!isId(anonymous))
    return {
      field,
      message: 'is missing or not an id',
      remedy: 'Send the id that the shopper had before they were known',
    };
  if (isAnonymousId(user))
    return { field: 'user', message: 'is anonymous itself', remedy: 'Send the id of the known shopper' };
  if (anonymous === user || engine.state.isKnown(anonymous) || (caller.isPublic && !isAnonymousId(anonymous)))
    return {
      field,
      message: 'is not an anonymous id',
      remedy: 'A known shopper is never joined to another; send the anonymous id of the page',
      code: 'forbidden',
    };
  return undefined;
}

const about: readonly Purpose[] = ['personalise', 'marketing'];

/**
 * The event as its consent lets it be kept. What may only be counted is kept under a pseudonym of the day, so that one
 * shopper still counts once, and nobody knows tomorrow who it was.
 */
function withConsent(event: Event, now: number): Event | undefined {
  const { consent } = event;
  if (consent === undefined || about.some((purpose) => consent.includes(purpose))) return event;
  if (!consent.includes('statistics') || event.type === 'identify') return undefined;
  const { id, user, session: _, context: __, attribution: ___, query: ____, ...rest } = event;
  return { ...rest, id: pseudonym(`${user}\n${id}`, now), user: pseudonym(user, now) };
}

let secret = randomBytes(32);
let secretDay = 0;

/** The same for the same text on the same day; its secret is in memory only, and goes with the day. */
function pseudonym(text: string, now: number): string {
  const today = Math.floor(now / 86_400_000);
  if (today !== secretDay) {
    secret = randomBytes(32);
    secretDay = today;
  }
  return `anon_${createHmac('sha256', secret).update(text).digest('hex').slice(0, 32)}`;
}

const iso = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?$/;

/**
 * Milliseconds of an ISO 8601 text; without a zone it is UTC, wherever the server stands. NaN for any other text, and for
 * a day that no calendar has.
 */
const timeOf = (text: string): number => (iso.test(text) ? readTime(text).dmy : Number.NaN);

/** Programs that say of themselves that nobody looks at what they read. */
const robots =
  /bot\b|bot[/;_-]|crawl|spider|slurp|headless|lighthouse|monitor|preview|scrap|archiver|facebookexternalhit/i;

export const isRobot = (agent: string | undefined): boolean => agent !== undefined && robots.test(agent);
