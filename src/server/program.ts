import Type, { type TSchema } from 'typebox';
import { Compile, type Validator } from 'typebox/compile';
import Format from 'typebox/format';
import { Pointer } from 'typebox/value';
import {
  type ErrorCode,
  type Event,
  type Item,
  isText,
  type RecommendRequest,
  type SearchRequest,
  type SuggestRequest,
} from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { trusted } from './caller.js';
import { faultOf } from './fault.js';
import { type Fault, refusal, toEvent } from './intake.js';
import { SearchBody, SuggestBody } from './routes/search.js';
import { EventBody, ItemBody, RecommendBody } from './schemas.js';

/** An event as a program sends it: without an id it gets one, without a time it is now. */
export interface NewEvent extends Omit<Event, 'id' | 'time' | 'items' | 'key' | 'received'> {
  /** Makes sending it again harmless. */
  id?: string;
  /** Milliseconds since 1970, or ISO 8601. */
  time?: number | string;
  items?: Event['items'];
}

/** Where an event is in the log; without an offset its consent allows nothing, and it is not kept. */
export interface Taken {
  offset?: number;
  duplicate: boolean;
}

/** Logs events of a program as those that come over HTTP, all of them or, where one is wrong, none. */
export async function takeFrom(engine: Engine, events: readonly NewEvent[]): Promise<Taken[]> {
  requireValid('events', events, 'invalid_event');
  const arrival = { caller: trusted, robot: false, now: engine.now };
  const checked = events.map((event) => toEvent(engine, { ...event } as EventBody, arrival));
  const faults = checked.flatMap((one, row) => (one && 'field' in one ? [{ ...one, row }] : []));
  if (faults.length > 0) throw refusal(faults);
  const kept = checked as (Event | undefined)[];
  const appended = await engine.ingest(kept.filter((event) => event !== undefined));
  let next = 0;
  return kept.map((event) => {
    if (event === undefined) return { duplicate: false };
    const { offset, duplicate } = appended[next++]!;
    return { offset, duplicate };
  });
}

/** What a program hands over, checked: its types are gone when it runs, and what it read from a file never had any. */
export const checked = {
  items: (items: readonly Item[]): readonly Item[] => requireValid('items', items),
  recommend: (request: RecommendRequest): RecommendRequest => requireValid('recommend', request),
  search: (request: SearchRequest): SearchRequest => requireValid('search', request),
  suggest: (request: SuggestRequest): SuggestRequest => requireValid('suggest', request),
};

const schemas = {
  events: Type.Array(EventBody),
  items: Type.Array(ItemBody),
  recommend: RecommendBody,
  search: SearchBody,
  suggest: SuggestBody,
} satisfies Record<string, TSchema>;
const validators = new Map<keyof typeof schemas, Validator>();

function validatorOf(name: keyof typeof schemas): Validator {
  const known = validators.get(name);
  if (known) return known;
  Format.Set('text', isText);
  const made = Compile(schemas[name] as TSchema);
  validators.set(name, made);
  return made;
}

function requireValid<Value>(
  name: keyof typeof schemas,
  value: Value,
  code: ErrorCode = 'invalid_request',
): Value {
  const validator = validatorOf(name);
  if (validator.Check(value)) return value;
  // TypeBox says of an unknown field first that its schema is `false`.
  const error = validator.Errors(value).find(({ keyword }) => keyword !== 'boolean')!;
  const fault: Fault = faultOf({
    ...error,
    params: { ...error.params },
    data: Pointer.Get(value, error.instancePath),
    parentSchema: Pointer.Get(schemas[name], error.schemaPath.slice(1)) as object,
  });
  // In a list the first step of the path is the row.
  const [row = '', ...path] = fault.field.split('.');
  if (/^\d+$/.test(row)) throw refusal([{ ...fault, field: path.join('.') || name, row: +row }], code);
  throw refusal(
    [error.instancePath === '' && fault.field === 'body' ? { ...fault, field: name } : fault],
    code,
  );
}
