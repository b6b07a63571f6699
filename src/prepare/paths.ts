/**
 * Paths into a JSON record: `properties.order_id`, `items[].item_id` (each entry of a list is a row),
 * `event_params[key=transaction_id].value.string_value` (the entry of a list whose field has that value).
 */
export interface Path {
  text: string;
  /** Path of the list whose entries are rows; undefined where the path has no `[]`. */
  list: string | undefined;
  outer: readonly Step[];
  /** Steps inside an entry of the list. */
  inner: readonly Step[];
}
type Step = string | { list: string; field: string; equals: string };
type Json = unknown;

export function parsePath(text: string): Path {
  const at = text.indexOf('[]');
  if (at < 0) return { text, list: undefined, outer: stepsOf(text), inner: [] };
  const list = text.slice(0, at);
  return { text, list, outer: stepsOf(list), inner: stepsOf(text.slice(at + 2).replace(/^\./, '')) };
}

function stepsOf(text: string): Step[] {
  if (text === '') return [];
  const steps: Step[] = [];
  for (const part of text.match(/[^.[]+(?:\[[^\]=]+=[^\]]*\])?|\[[^\]]*\]/g) ?? []) {
    const pick = /^(.*)\[([^\]=]+)=([^\]]*)\]$/.exec(part);
    steps.push(pick ? { list: pick[1]!, field: pick[2]!, equals: pick[3]! } : part);
  }
  return steps;
}

export function valueAt(record: Json, steps: readonly Step[]): Json {
  let value = record;
  for (const step of steps) {
    if (typeof value !== 'object' || value === null) return undefined;
    if (typeof step === 'string') value = own(value, step);
    else {
      const list = own(value, step.list);
      value = Array.isArray(list)
        ? list.find((entry) => String(own(entry, step.field)) === step.equals)
        : undefined;
    }
  }
  return value;
}

function own(value: Json, key: string): Json {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, Json>)[key]
    : undefined;
}

/** Text of a value: what a cell of a CSV would hold. */
export function textAt(record: Json, steps: readonly Step[], whole: string): string | null {
  // A key may have dots of its own, as in a quarantine of flat rows.
  const value = own(record, whole) ?? valueAt(record, steps);
  return cellOf(value);
}

export function cellOf(value: Json): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'string'
    ? value
    : typeof value === 'object'
      ? JSON.stringify(value)
      : String(value);
}

const deepest = 6;
const entriesLookedAt = 20;

const mostPaths = 10_000;

/** Adds the paths of a record's values to `found`, those in lists with `[]`, or lists as they are (`whole`). */
export function collectPaths(record: Json, found: Set<string>, whole = false): void {
  const walk = (value: Json, path: string, depth: number, listed: boolean): void => {
    if (found.size >= mostPaths) return;
    if (typeof value !== 'object' || value === null || depth > deepest || path === 'context') {
      found.add(path);
      return;
    }
    if (Array.isArray(value)) {
      if (listed || whole || path === '') found.add(path);
      else if (value.length === 0) return;
      else for (const entry of value.slice(0, entriesLookedAt)) walk(entry, `${path}[]`, depth + 1, true);
      return;
    }
    for (const [key, inner] of Object.entries(value))
      walk(inner, path === '' ? key : `${path}.${key}`, depth + 1, listed);
  };
  walk(record, '', 0, false);
  found.delete('');
}

/** Whole numbers too long for a double, which would lose the digits of an id, become texts; values of MongoDB plain ones. */
export function parseJson(text: string): Json {
  const typed = /"\$(?:oid|date|number\w+|uuid)"/.test(text);
  const plain = typed ? (_key: string, value: Json) => bsonValue(value) : undefined;
  if (!/\d{16}/.test(text)) return JSON.parse(text, plain);
  return JSON.parse(
    text.replace(/"(?:[^"\\]|\\.)*"|-?\d{16,}(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (part) =>
      part.startsWith('"') || /^-?0\d/.test(part) ? part : `"${part}"`,
    ),
    plain,
  );
}

/** MongoDB's exports wrap what JSON has no type for: `{"$oid":"…"}`, `{"$date":"…"}`, `{"$numberInt":"2"}`. */
function bsonValue(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const [[key, inner] = [], ...others] = Object.entries(value);
  return others.length === 0 && key !== undefined && /^\$(oid|date|number\w+|uuid)$/.test(key)
    ? inner
    : value;
}
