import Type, { type Static } from 'typebox';
import { schemaFaults } from '../config/index.js';
import { EndcapError, meaningOfName, withoutMark } from '../core/index.js';
import { ItemMapping } from './itemMapping.js';
import { hasColumn } from './raw.js';
import { type Role, roles } from './roles.js';
import type { Source } from './source.js';
import { bareName, plainName, saysWhen, synonyms } from './synonyms.js';
import { requireZone } from './zones.js';

const strict = { additionalProperties: false };
const OneColumn = Type.Union([Type.String({ minLength: 1 }), Type.Integer({ minimum: 1 })]);
/** A column by name, by number from 1, or several, of which the first that is filled counts; none: an empty list. */
const ColumnRef = Type.Optional(Type.Union([OneColumn, Type.Array(OneColumn, { maxItems: 20 })]));
const Join = Type.Object(
  {
    /** Name of the key column, in both files. */
    on: Type.String({ minLength: 1 }),
    /** What the file is called that has a row a key, and its columns that are needed: for the error without it. */
    file: Type.Optional(Type.String()),
    columns: Type.Optional(Type.Array(Type.String())),
    optional: Type.Optional(Type.Boolean()),
  },
  strict,
);

/** How the columns of a file become events. What is absent is guessed. */
const Mapping = Type.Object(
  {
    /** What the mapping is for, in words. */
    about: Type.Optional(Type.String()),
    /** Headers by which a dialect is known: all of one of the lists. */
    headers: Type.Optional(Type.Array(Type.Array(Type.String(), { minItems: 1 }))),
    columns: Type.Optional(
      Type.Object(
        Object.fromEntries(roles.map((role) => [role, ColumnRef])) as Record<Role, typeof ColumnRef>,
        strict,
      ),
    ),
    /** Whether the file has a header, or the names of its columns where it has none. */
    header: Type.Optional(
      Type.Union([Type.Boolean(), Type.Array(Type.String({ minLength: 1 }), { minItems: 1 })]),
    ),
    delimiter: Type.Optional(Type.String({ minLength: 1, maxLength: 8 })),
    encoding: Type.Optional(Type.String({ minLength: 1 })),
    /** Order of day and month where the file does not settle it. */
    dates: Type.Optional(Type.Enum(['dmy', 'mdy'])),
    /** IANA zone of times that do not say theirs; UTC when absent. */
    zone: Type.Optional(Type.String({ minLength: 1 })),
    decimal: Type.Optional(Type.Enum(['.', ','])),
    /** Event type of rows without a type column. */
    defaultType: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' })),
    /** Event type by the value of the type column, e.g. `{ "addtocart": "add_to_cart" }`. */
    types: Type.Optional(Type.Record(Type.String(), Type.String())),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    /** Rows without a shopper: set aside, or kept under an id made from the order. */
    missingUser: Type.Optional(Type.Enum(['quarantine', 'anonymous'])),
    /** Texts that stand for "nothing" in ids, in place of the built-in list (null, nan, guest, 0, …). */
    placeholders: Type.Optional(Type.Array(Type.String())),
    /** Regular expressions (RE2) of SKUs that are no products, added to the built-in rule; false turns all off. */
    nonProducts: Type.Optional(Type.Union([Type.Array(Type.String()), Type.Literal(false)])),
    /** Whether rows that are equal are one row written twice, or as many units. */
    equalRows: Type.Optional(Type.Enum(['duplicates', 'units'])),
    /** Columns that only the first line of an order has: the other lines take them from it. */
    fill: Type.Optional(Type.Array(Type.Enum(['user', 'time', 'currency', 'session', 'status']))),
    join: Type.Optional(Type.Array(Join)),
    /** How a catalogue of the same shop is read. */
    catalogue: Type.Optional(ItemMapping),
    /** Time of orders that only say how long after the one before they came. */
    elapsed: Type.Optional(
      Type.Object(
        {
          days: Type.String(),
          hour: Type.Optional(Type.String()),
          sequence: Type.String(),
          from: Type.String(),
        },
        strict,
      ),
    ),
  },
  strict,
);
export type Mapping = Static<typeof Mapping>;

/** `value` as a mapping; an error that names the field where it is none. */
export function parseMapping(value: unknown): Mapping {
  const remedy = `It has ${Object.keys(Mapping.properties).join(', ')}; columns by role: ${roles.join(', ')}`;
  const errors = schemaFaults(Mapping, value, 'mapping', remedy).slice(0, 1);
  if (errors.length > 0)
    throw new EndcapError('invalid_mapping', 'The mapping is not as it should be', { errors, remedy });
  const mapping = value as Mapping;
  if (mapping.zone !== undefined) requireZone(mapping.zone);
  requireOnce(mapping);
  return mapping;
}

/** A mapping file. JSON lets a key come twice and keeps the last: here that is a fault. */
export function parseMappingText(text: string, path: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(text));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EndcapError('invalid_mapping', `${path} is no JSON: ${why}`, {
      remedy: 'Correct the file',
      cause,
    });
  }
  const columns = /"columns"\s*:\s*\{([^{}]*)\}/.exec(text)?.[1] ?? '';
  const keys = [...columns.matchAll(/"([^"]+)"\s*:/g)].map(([, key]) => key!);
  const twice = keys.find((key, at) => keys.indexOf(key) < at);
  if (twice !== undefined) throw namedTwice(`columns.${twice}`, 'stands there twice');
  return parseMapping(value);
}

/**
 * One column means one thing: of two roles for it one is a slip, which would go unseen. As a second choice it may come
 * again, such as a name that stands in for a missing SKU.
 */
function requireOnce(mapping: Mapping): void {
  const owner = new Map<Ref, string>();
  for (const [role, said] of Object.entries(mapping.columns ?? {})) {
    const refs = refsOf(said);
    if (new Set(refs).size < refs.length) throw namedTwice(`columns.${role}`, 'names a column twice');
    const [first] = refs;
    if (first === undefined) continue;
    const other = owner.get(first);
    if (other !== undefined)
      throw namedTwice(`columns.${role}`, `names "${first}", which ${other} names as well`);
    owner.set(first, `columns.${role}`);
  }
}

export function namedTwice(field: string, message: string): EndcapError {
  return new EndcapError('invalid_mapping', 'The mapping names a column twice', {
    errors: [{ field, message }],
    remedy: 'Give each column one meaning and each role one place',
  });
}

type Ref = string | number;
const refsOf = (said: Ref | Ref[] | undefined): Ref[] =>
  said === undefined ? [] : Array.isArray(said) ? said : [said];

export interface Guess {
  role: Role;
  /** The columns, of which the first that is filled counts. */
  columns: string[];
  /** 'header': a well-known name; 'mapping': said by the user; else the name of the dialect. */
  by: string;
}

/** SQL of the name of a type: `Add To Cart` and `add-to-cart` are `add_to_cart`. */
export const typeName = (text: string): string =>
  `regexp_replace(regexp_replace(lower(trim(${text})), '[^\\p{L}\\p{N}]+', '_', 'g'), '^_+|_+$', '', 'g')`;

/** A type as it is logged, by what a file says; undefined where nobody knows it. */
export function typeOfName(said: string): string | undefined {
  return meaningOfName(said)?.type;
}

type Columns = Pick<Source, 'columns' | 'nested'>;
/** Roles that belong to an entry of a list of items, where there is one. */
const ofEntries: readonly Role[] = [
  'item',
  'quantity',
  'price',
  'total',
  'title',
  'category',
  'brand',
  'currency',
];

/** Settles which columns play which role, as far as mapping and headers say; what is missing is for the caller. */
export function settleRoles(there: Columns, mapping: Mapping, by = 'mapping'): Guess[] {
  const guesses: Guess[] = [];
  const said = Object.entries(mapping.columns ?? {}) as [Role, Ref | Ref[]][];
  const silenced = new Set<Role>();
  for (const [role, refs] of said) {
    const wanted = refsOf(refs);
    const columns = wanted.flatMap((ref) => columnOf(there, ref) ?? []);
    if (wanted.length === 0) silenced.add(role);
    else if (columns.length > 0) guesses.push({ role, columns, by });
    else if (by === 'mapping') throw missingColumn(role, String(wanted[0]), there.columns);
  }
  const taken = new Set(guesses.flatMap(({ columns }) => columns));
  for (const role of roles) {
    if (silenced.has(role) || guesses.some((guess) => guess.role === role)) continue;
    const item = guesses.find((guess) => guess.role === 'item')?.columns[0];
    const own = role === 'id' && (item === 'item' || item === 'items[].id');
    const known = guessed(there.columns, [...synonyms[role], ...(own ? ['id'] : [])], taken, {
      list: item?.includes('[]') ? item.slice(0, item.indexOf('[]') + 2) : undefined,
      plainList: item?.endsWith('[]') ?? false,
      inside: ofEntries.includes(role),
    });
    const column = known ?? (role === 'time' ? onlyTime(there.columns, taken) : undefined);
    if (!column) continue;
    taken.add(column);
    guesses.push({ role, columns: [column], by: 'header' });
    if (role !== 'user') continue;
    // Who buys without an account is known by their address, who is not signed in by their browser.
    for (const names of [emails, devices]) {
      const other = there.columns.find((one) => names.has(plainName(one)) && !taken.has(one));
      if (other === undefined) continue;
      taken.add(other);
      guesses.at(-1)!.columns.push(other);
    }
  }
  return guesses;
}

/** The one column whose name says when something happened; of two nobody knows which. */
function onlyTime(columns: readonly string[], taken: ReadonlySet<string>): string | undefined {
  const [time, other] = columns.filter((column) => saysWhen(column) && !taken.has(column));
  return other === undefined ? time : undefined;
}

const emails = new Set(
  'email customeremail buyeremail useremail shopperemail billingemail emailbilling kundenemail'.split(' '),
);
const devices = new Set(
  'anonymousid userpseudoid visitorid deviceid cookieid domainuserid fullvisitorid'.split(' '),
);

function columnOf(there: Columns, ref: Ref): string | undefined {
  if (typeof ref === 'number') return there.columns[ref - 1];
  if (hasColumn(there, ref)) return ref;
  // A path of the mapping may be a flat column, as in a quarantine of a nested file.
  const alike = there.columns.filter(
    (column) => plainName(column) === plainName(ref) && !column.includes('['),
  );
  return alike.length === 1 && !ref.includes('[') && !ref.includes('.') ? alike[0] : undefined;
}

function guessed(
  columns: readonly string[],
  names: readonly string[],
  taken: ReadonlySet<string>,
  { list, plainList, inside }: { list: string | undefined; plainList: boolean; inside: boolean },
): string | undefined {
  const tries = [plainName, bareName].flatMap((nameOf) => names.map((name) => ({ nameOf, name })));
  for (const { nameOf, name } of tries) {
    const alike = columns.filter(
      (column) => nameOf(column) === name && !taken.has(column) && !isLine(column),
    );
    // Of paths: one inside the list of items for what an item has, else the shallowest outside of lists.
    const fit = alike.filter(
      (column) =>
        !column.includes('[]') ||
        list === undefined ||
        column.startsWith(list) ||
        (plainList && column.endsWith('[]')),
    );
    const [best] = fit.toSorted((a, b) => rank(a) - rank(b));
    if (best !== undefined) return best;
  }
  return undefined;

  /** The id of a line that names its product is the line's own. */
  function isLine(column: string): boolean {
    if (!column.endsWith('[].id')) return false;
    const list = column.slice(0, -'id'.length);
    return columns.some((one) => one.startsWith(list) && products.test(one.slice(list.length)));
  }

  function rank(column: string): number {
    const listed = column.includes('[]');
    return (listed === inside ? 0 : 100) + column.split('.').length;
  }
}

const products = /^(product_?id|variant_?id|item_?id|sku|asin|article_?id|goods_?id)$/i;

/** The roles without which no row is an event, as far as they are not settled. */
export function missingRoles(guesses: readonly Guess[], mapping: Mapping): Role[] {
  const needed: Role[] = [
    'item',
    'time',
    ...(mapping.missingUser === 'anonymous' ? [] : (['user'] as const)),
  ];
  const timed = mapping.elapsed !== undefined;
  return needed.filter(
    (role) => !(role === 'time' && timed) && !guesses.some((guess) => guess.role === role),
  );
}

/** Type of rows that do not say theirs: rows with a rating are ratings, rows with an order or a price are sales. */
export function settleDefaultType(mapping: Mapping, guesses: readonly Guess[]): string {
  if (mapping.defaultType) return mapping.defaultType;
  const has = (role: Role): boolean => guesses.some((guess) => guess.role === role);
  if (has('value')) return 'rate';
  return has('price') || has('total') || has('quantity') || has('order') ? 'purchase' : 'view';
}

export function missingColumn(
  role: Role,
  column: string | undefined,
  columns: readonly string[],
): EndcapError {
  const shown = columns.length > 60 ? [...columns.slice(0, 60), `and ${columns.length - 60} more`] : columns;
  return new EndcapError(
    'missing_column',
    column
      ? `The mapping says ${role} is in column "${column}", which is not there`
      : `No column looks like the ${role}`,
    {
      errors: [{ field: `columns.${role}`, message: `the file has: ${shown.join(', ')}` }],
      remedy: `Say it in a mapping file: {"columns":{"${role}":"…"}} and --mapping FILE, or name the kind of file: --from shopify`,
    },
  );
}
