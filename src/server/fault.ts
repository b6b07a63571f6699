import type { FieldError } from '../core/index.js';

/** What a validator says of a value: Ajv of requests, TypeBox of the calls of a program, which name things otherwise. */
export interface SchemaError {
  keyword?: string;
  instancePath: string;
  params?: Record<string, unknown>;
  message?: string;
  /** The value at the path, and the schema that it does not meet. */
  data?: unknown;
  parentSchema?: object;
}

/** What a schema says of a value, as a field, a message and a way out. */
export function faultOf(error: SchemaError, root = ''): FieldError {
  const { keyword, params = {}, instancePath } = error;
  const named =
    keyword === 'required'
      ? (params.missingProperty ?? firstOf(params.requiredProperties))
      : (params.additionalProperty ?? firstOf(params.additionalProperties));
  const path = instancePath.slice(1).replaceAll('/', '.') + (named === undefined ? '' : `.${String(named)}`);
  const field = (root + path.replace(/^\./, '')).slice(0, 200) || 'body';
  if (keyword === 'required') return { field, message: 'is missing', remedy: 'Send it' };
  if (keyword === 'additionalProperties')
    return { field, message: 'is not a known field', remedy: knownFields(error) };
  if (keyword === 'enum') {
    const allowed = Array.isArray(params.allowedValues) ? params.allowedValues.join(', ') : '';
    return { field, message: 'is not one of the known values', remedy: `Send one of ${allowed}` };
  }
  if (keyword === 'pattern' || keyword === 'format') {
    return {
      field,
      message: 'has characters that are not allowed',
      remedy: keyword === 'format' ? 'Send whole characters' : `It must match ${String(params.pattern)}`,
    };
  }
  const asMeant = keyword === 'type' ? rewritten(error) : undefined;
  const remedy = asMeant ? `Write ${asMeant}` : withinBounds(keyword, params.limit);
  return {
    field,
    message: error.message ?? 'is invalid',
    remedy: remedy ?? 'Send what the schema asks for: see /openapi.json',
  };
}

/** What a bound asks for. */
function withinBounds(keyword = '', limit: unknown): string | undefined {
  const asked = bounds.get(keyword);
  return asked && typeof limit === 'number' ? asked.replace('{}', limit.toLocaleString('en')) : undefined;
}
const bounds = new Map([
  ['maxLength', 'Shorten it to {} characters'],
  ['minLength', 'Its length is {} at least'],
  ['maximum', 'Send {} at most'],
  ['minimum', 'Send {} at least'],
  ['exclusiveMaximum', 'Send less than {}'],
  ['exclusiveMinimum', 'Send more than {}'],
  ['maxItems', 'Send {} of them at most'],
  ['minItems', 'Send {} of them at least'],
  ['maxProperties', 'Send {} fields at most'],
]);

const firstOf = (list: unknown): unknown => (Array.isArray(list) ? list[0] : undefined);

/** The fields that there are, and where a field of one's own may stand. */
function knownFields({ parentSchema = {} }: SchemaError): string {
  const { properties = {} } = parentSchema as { properties?: object };
  const names = Object.keys(properties);
  if (names.length === 0) return 'Leave it out: nothing is known here';
  const own = ['context', 'attributes'].find((name) => names.includes(name));
  return `Leave it out${own ? `, or put it into ${own}` : ''}; known are ${names.join(', ')}`;
}

/** The value as it was most likely meant, as JSON: a number in quotes, an id that stands for its object. */
function rewritten({ params = {}, data, parentSchema }: SchemaError): string | undefined {
  const wanted = [params.type].flat();
  const { required = [] } = (parentSchema ?? {}) as { required?: readonly string[] };
  const [only] = required.length === 1 ? required : [];
  const isScalar = typeof data === 'string' || typeof data === 'number';
  if (wanted.includes('string') && (typeof data === 'number' || typeof data === 'boolean'))
    return shown(String(data));
  if (typeof data === 'string' && wanted.some((type) => type === 'number' || type === 'integer'))
    return /^-?\d{1,15}(\.\d{1,9})?$/.test(data) ? data : undefined;
  if (wanted.includes('object') && only !== undefined && isScalar) return shown({ [only]: String(data) });
  if (wanted.includes('array') && data !== undefined && data !== null) return shown([data]);
  return undefined;
}

/** Short JSON; of a long value nobody needs a copy. */
function shown(value: unknown): string | undefined {
  const json = JSON.stringify(value);
  return json.length <= 80 ? json : undefined;
}
