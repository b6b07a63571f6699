import { EndcapError } from '../core/index.js';

/** The meanings a column may have. */
export const roles = [
  'user',
  'item',
  'time',
  'type',
  'order',
  'quantity',
  'price',
  'title',
  'value',
  'query',
] as const;
export type Role = (typeof roles)[number];

/** How the columns of a file become events. What is absent is guessed from the header. */
export interface Mapping {
  columns?: Partial<Record<Role, string>>;
  /** Event type of rows without a type column. */
  defaultType?: string;
  /** Event type by the value of the type column, e.g. `{ "addtocart": "add_to_cart" }`. */
  types?: Record<string, string>;
  currency?: string;
  /** Rows without a shopper: set aside, or kept under an id made from the order. */
  missingUser?: 'quarantine' | 'anonymous';
  /** Regular expressions (RE2) of SKUs that are no products, added to the built-in rule. */
  nonProducts?: string[];
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
  order: [
    'order',
    'orderid',
    'invoiceno',
    'invoice',
    'basketid',
    'basket',
    'transactionid',
    'sessionid',
    'session',
  ],
  quantity: ['quantity', 'qty', 'units', 'count'],
  price: ['price', 'unitprice', 'amount', 'saleprice'],
  title: ['title', 'description', 'productname', 'producttitle', 'itemname', 'name'],
  value: ['value', 'rating', 'score', 'stars'],
  query: ['query', 'search', 'searchterm', 'keyword'],
};

const knownTypes: Record<string, string> = {
  addtocart: 'add_to_cart',
  'add-to-cart': 'add_to_cart',
  cart: 'add_to_cart',
  transaction: 'purchase',
  buy: 'purchase',
  order: 'purchase',
  pv: 'view',
  page_view: 'view',
  view_item: 'view',
  product_viewed: 'view',
  fav: 'wish',
};

/** Settles which column plays which role; throws when there is no item, shopper or time to be had. */
export function settleMapping(
  columns: readonly string[],
  mapping: Mapping,
): { guesses: Guess[]; types: Record<string, string> } {
  const said = Object.entries(mapping.columns ?? {}) as [Role, string][];
  for (const [role, column] of said) {
    if (!roles.includes(role)) throw unknownRole(role);
    if (!columns.includes(column)) throw missingColumn(role, column, columns);
  }
  const taken = new Set(said.map(([, column]) => column));
  const guesses: Guess[] = said.map(([role, column]) => ({ role, column, by: 'mapping' }));
  for (const role of roles) {
    if (guesses.some((guess) => guess.role === role)) continue;
    const column = names[role]
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

function unknownRole(role: string): EndcapError {
  return new EndcapError('invalid_mapping', `The mapping names an unknown role "${role}"`, {
    errors: [{ field: `columns.${role}`, message: `not one of ${roles.join(', ')}` }],
    remedy: 'Correct the mapping file',
  });
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
