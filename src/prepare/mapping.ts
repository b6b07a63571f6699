import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { EndcapError } from '../core/index.js';

/** The meanings a column may have. */
export const roles = [
  'user',
  'item',
  'time',
  'type',
  'order',
  'session',
  'quantity',
  'price',
  'currency',
  'title',
  'value',
  'query',
  'attribution',
  'context',
  'id',
] as const;
/**
 * `order` makes the rows of one purchase one event; `session` is only noted; `id` is the event's own id; `context`
 * holds a JSON object.
 */
export type Role = (typeof roles)[number];

const strict = { additionalProperties: false };
const name = Type.Optional(Type.String());
/** How the columns of a file become events. What is absent is guessed from the header. */
const Mapping = Type.Object(
  {
    columns: Type.Optional(
      Type.Object(Object.fromEntries(roles.map((role) => [role, name])) as Record<Role, typeof name>, strict),
    ),
    /** Event type of rows without a type column. */
    defaultType: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9_]{0,63}$' })),
    /** Event type by the value of the type column, e.g. `{ "addtocart": "add_to_cart" }`. */
    types: Type.Optional(Type.Record(Type.String(), Type.String())),
    currency: Type.Optional(Type.String({ pattern: '^[A-Z]{3}$' })),
    /** Rows without a shopper: set aside, or kept under an id made from the order. */
    missingUser: Type.Optional(Type.Enum(['quarantine', 'anonymous'])),
    /** Regular expressions (RE2) of SKUs that are no products, added to the built-in rule. */
    nonProducts: Type.Optional(Type.Array(Type.String())),
  },
  strict,
);
export type Mapping = Static<typeof Mapping>;

/** `value` as a mapping; an error that names the field where it is none. */
export function parseMapping(value: unknown): Mapping {
  const [fault] = Value.Errors(Mapping, value);
  if (!fault) return value as Mapping;
  const field = fault.instancePath.slice(1).replaceAll('/', '.') || 'mapping';
  throw new EndcapError('invalid_mapping', 'The mapping is not as it should be', {
    errors: [{ field, message: fault.keyword === 'boolean' ? 'is not known' : fault.message }],
    remedy: `It has columns, defaultType, types, currency, missingUser, nonProducts; columns by role: ${roles.join(', ')}`,
  });
}

export interface Guess {
  role: Role;
  column: string;
  /** 'header': a well-known name; 'mapping': said by the user. */
  by: 'header' | 'mapping';
}

const names: Record<Role, readonly string[]> = {
  user: [
    'user',
    'userid',
    'customerid',
    'customer',
    'visitorid',
    'visitor',
    'householdid',
    'householdkey',
    'clientid',
    'shopper',
    'userpseudoid',
    'uid',
    'sessionid',
  ],
  item: [
    'item',
    'itemid',
    'stockcode',
    'sku',
    'productid',
    'product',
    'movieid',
    'articleid',
    'videoid',
    'goodsid',
    'iid',
  ],
  time: [
    'time',
    'timestamp',
    'invoicedate',
    'date',
    'datetime',
    'eventtime',
    'eventtimestamp',
    'createdat',
    'ts',
    'unixtime',
  ],
  type: ['type', 'event', 'eventtype', 'eventname', 'behavior', 'behaviour', 'behaviortype', 'action'],
  order: ['order', 'orderid', 'invoiceno', 'invoice', 'basketid', 'basket', 'transactionid'],
  session: ['session', 'sessionid', 'usersession', 'visitid'],
  quantity: ['quantity', 'qty', 'units', 'count'],
  price: ['price', 'unitprice', 'amount', 'saleprice'],
  title: ['title', 'description', 'productname', 'producttitle', 'itemname', 'name'],
  value: ['value', 'rating', 'score', 'stars'],
  query: ['query', 'search', 'searchterm', 'keyword'],
  currency: ['currency', 'currencycode'],
  attribution: ['attribution', 'recommendationid'],
  context: ['context'],
  // A column "id" may be anything; beside one called "item" it is the id of Endcap's own events.
  id: ['eventid', 'messageid'],
};

/** By the name that `typeName` makes of what a file says. */
const knownTypes: Record<string, string> = {
  addtocart: 'add_to_cart',
  cart: 'add_to_cart',
  product_added: 'add_to_cart',
  removefromcart: 'remove_from_cart',
  product_removed: 'remove_from_cart',
  transaction: 'purchase',
  buy: 'purchase',
  order: 'purchase',
  order_completed: 'purchase',
  pv: 'view',
  page_view: 'view',
  view_item: 'view',
  product_viewed: 'view',
  fav: 'wish',
};

/** SQL of the name of a type: `Add To Cart` and `add-to-cart` are `add_to_cart`. */
export const typeName = (text: string): string =>
  `regexp_replace(lower(trim(${text})), '[^\\p{L}\\p{N}]+', '_', 'g')`;

/** Settles which column plays which role; throws when there is no item, shopper or time to be had. */
export function settleMapping(
  columns: readonly string[],
  mapping: Mapping,
): { guesses: Guess[]; types: Record<string, string> } {
  const said = Object.entries(mapping.columns ?? {}) as [Role, string][];
  for (const [role, column] of said) {
    if (!columns.includes(column)) throw missingColumn(role, column, columns);
  }
  const taken = new Set(said.map(([, column]) => column));
  const guesses: Guess[] = said.map(([role, column]) => ({ role, column, by: 'mapping' }));
  for (const role of roles) {
    if (guesses.some((guess) => guess.role === role)) continue;
    const own = role === 'id' && guesses.some((guess) => guess.role === 'item' && guess.column === 'item');
    const column = [...names[role], ...(own ? ['id'] : [])]
      .map((name) => columns.find((c) => plain(c) === name && !taken.has(c)))
      .find(Boolean);
    if (!column) continue;
    taken.add(column);
    guesses.push({ role, column, by: 'header' });
  }
  for (const role of ['item', 'time', 'user'] as const) {
    const settled = guesses.some((guess) => guess.role === role);
    if (!settled && !(role === 'user' && mapping.missingUser === 'anonymous'))
      throw missingColumn(role, undefined, columns);
  }
  return { guesses, types: { ...knownTypes, ...mapping.types } };
}

/** Type of rows that do not say theirs: rows with a price are sales, rows with a rating are ratings. */
export function settleDefaultType(mapping: Mapping, guesses: readonly Guess[]): string {
  if (mapping.defaultType) return mapping.defaultType;
  const has = (role: Role): boolean => guesses.some((guess) => guess.role === role);
  if (has('value')) return 'rate';
  return has('price') || has('quantity') ? 'purchase' : 'view';
}

/** `user_id:token`, `User ID` and `userId` are one name. */
function plain(column: string): string {
  return column
    .replace(/:\w+$/, '')
    .replace(/[\s_-]/g, '')
    .toLowerCase();
}

function missingColumn(role: Role, column: string | undefined, columns: readonly string[]): EndcapError {
  const found = columns.join(', ');
  return new EndcapError(
    'missing_column',
    column
      ? `The mapping says ${role} is in column "${column}", which is not there`
      : `No column looks like the ${role}`,
    {
      errors: [{ field: `columns.${role}`, message: `the file has: ${found}` }],
      remedy: `Say it in a mapping file: {"columns":{"${role}":"…"}} and --mapping FILE`,
    },
  );
}
