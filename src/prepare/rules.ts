import { quoteText } from './duck.js';
import { cameToNothing } from './orderStatus.js';
import type { Role } from './roles.js';

/** Why a row is not among the events by itself. `merged` rows live on in another row; the others are set aside. */
export interface Rule {
  reason: string;
  kind: 'merged' | 'quarantined';
  field: string;
  remedy: string;
}

const confirm = 'or write "confirmed": true beside `data` where it is right';

export const rules: readonly Rule[] = [
  rule('malformed', 'quarantined', 'row', 'Fill in the fields of `data` from the line, which does not parse'),
  rule('exact_duplicate', 'merged', 'row', 'Every field equals an earlier row'),
  rule('missing_item', 'quarantined', 'item', 'Fill in the item'),
  rule('invalid_id', 'quarantined', 'item', 'Ids have 1 to 128 characters, none of them a control character'),
  rule('invalid_type', 'quarantined', 'type', 'Say in the mapping, under `types`, which type of event it is'),
  rule(
    'non_product',
    'quarantined',
    'item',
    'Postage and fees are no products; {"nonProducts":false} in a mapping keeps them',
  ),
  rule('missing_time', 'quarantined', 'time', 'Fill in the time'),
  rule('invalid_time', 'quarantined', 'time', 'Write the time as ISO 8601 or as unix seconds to nanoseconds'),
  rule('time_out_of_range', 'quarantined', 'time', 'The time is before 1995 or in the future'),
  rule(
    'missing_user',
    'quarantined',
    'user',
    'Nobody is named (null, guest, 0 … name nobody): fill in the shopper, or map missingUser to "anonymous"',
  ),
  rule('invalid_number', 'quarantined', 'quantity', 'Write quantity, price and value as plain numbers'),
  rule('invalid_currency', 'quarantined', 'currency', 'Write the currency as ISO 4217 does, such as GBP'),
  rule('invalid_context', 'quarantined', 'context', 'Write the context as a JSON object of plain values'),
  rule('reused_id', 'quarantined', 'id', 'One id is one event of one shopper: give it an id of its own'),
  rule(
    'not_sold',
    'quarantined',
    'status',
    'The order was cancelled or never paid; {"columns":{"status":[]}} in a mapping keeps such',
  ),
  rule('cancelled', 'merged', 'order', 'Cancellation and purchase took each other out'),
  rule('unmatched_cancellation', 'quarantined', 'order', 'The purchase it cancels is not in the data'),
  rule('non_positive_quantity', 'quarantined', 'quantity', 'Correct the quantity'),
  rule('non_positive_price', 'quarantined', 'price', 'Correct the price'),
  rule('near_duplicate', 'merged', 'quantity', 'Same order, item, price: the quantities are added up'),
  rule('outlier_quantity', 'quarantined', 'quantity', `Correct the quantity, ${confirm}`),
  rule('outlier_price', 'quarantined', 'price', `Correct the price, ${confirm}`),
];

function rule(reason: string, kind: Rule['kind'], field: string, remedy: string): Rule {
  return { reason, kind, field, remedy };
}

/** A row-local rule in SQL over table `staged`, in the order in which they apply. */
export function localRules(options: {
  now: number;
  nonProducts: readonly string[];
  /** Whether SKUs have digits so regularly that postage and fees stand out. */
  serviceCodes: boolean;
  /** Types that say nothing without an item. */
  aboutItems: readonly string[];
}): [string, string][] {
  const types = options.aboutItems.map(quoteText).join(', ');
  return [
    [
      'missing_item',
      `item IS NULL AND NOT whole AND (position IS NOT NULL OR coalesce(type IN (${types}), true))`,
    ],
    ['invalid_id', ids.map(badId).join(' OR ')],
    ['invalid_type', `type IS NULL OR NOT regexp_full_match(type, '[a-z][a-z0-9_]{0,63}')`],
    ['non_product', nonProduct(options)],
    ['missing_time', 'raw_time IS NULL AND time IS NULL'],
    ['invalid_time', 'time IS NULL'],
    ['time_out_of_range', `time < ${Date.UTC(1995, 0, 1)} OR time > ${options.now + 86_400_000}`],
    ['missing_user', 'user_id IS NULL'],
    ['invalid_number', `bad_number IS NOT NULL OR abs(quantity) > 1e9 OR price > 1e12 OR abs(value) > 1e12`],
    ['invalid_currency', `NOT regexp_full_match(currency, '[A-Z]{3}')`],
    ['invalid_context', nested],
    ['not_sold', `type = 'purchase' AND ${cameToNothing('status')}`],
    // A negative quantity is a return, which is matched with what was bought.
    ['non_positive_quantity', `quantity = 0 OR (quantity < 0 AND type <> 'purchase')`],
    // What is looked at may be free or have no price; what is bought has one.
    ['non_positive_price', `price < 0 OR (price = 0 AND type = 'purchase')`],
  ];
}

/** What has the shape of an id: bounded as over HTTP, since it becomes a key. */
const ids = ['user_id', 'item', 'order_id', 'session', 'event_id', 'attribution'];
const badId = (column: string): string =>
  `length(${column}) > 128 OR regexp_matches(${column}, '[[:cntrl:]]')`;
const nested = `CASE WHEN context IS NULL THEN false WHEN NOT json_valid(context) THEN true
  ELSE json_type(context) <> 'OBJECT' OR context LIKE '%"__proto__"%' ESCAPE ''
    OR len(list_filter(json_extract(context, '$.*'), part -> json_type(part) IN ('OBJECT', 'ARRAY'))) > 0 END`;

/** Codes and titles of what shops book beside products. Only among SKUs that all have digits are they certain. */
const codes = `post postage dot shipping ship delivery freight carriage handling surcharge fee fees discount voucher coupon giftcard gift_card
  bankcharges bank_charges amazonfee amazon_fee adjust adjustment manual samples tip tips tax vat insurance packaging 运费 邮费 versand porto`;
const titles = [
  'postage',
  'dotcom postage',
  'manual',
  'carriage',
  'discount',
  'samples',
  'bank charges',
  'amazon fee',
  'cruk commission',
  'adjust bad debt',
  'pads to match all cushions',
  'shipping',
  'shipping cost',
  'shipping costs',
  'delivery',
  'versandkosten',
  'frais de port',
  '运费',
];
const codeList = codes.split(/\s+/).map(quoteText).join(', ');
export const serviceCodes = `(NOT regexp_matches(item, '[0-9]{4}') AND (regexp_replace(lower(item), '[ -]', '', 'g') IN (${codeList})
  OR lower(title) IN (${titles.map(quoteText).join(', ')})))`;

/** What the mapping names, and what is certainly a service: by its code or title where SKUs have four digits or more. */
function nonProduct(options: { nonProducts: readonly string[]; serviceCodes: boolean }): string {
  const parts = options.nonProducts.map((pattern) => `regexp_full_match(item, ${quoteText(pattern)})`);
  if (options.serviceCodes) parts.push(serviceCodes);
  return parts.length > 0 ? parts.join(' OR ') : 'false';
}

/**
 * Robust outliers, on the logarithm. Quantity: more than `spread` robust standard deviations (1.4826 · MAD) above the
 * median of all rows, and by a factor of `quantityFactor` at least: where nearly all buy one, two is no outlier.
 * Price: more than that from the median of its own SKU, and by a factor of `priceFactor` at least.
 */
export const spread = 6;
export const quantityFactor = 64;
export const priceFactor = 4;
export const outlierRules: readonly { reason: string; column: Role; says: string }[] = [
  {
    reason: 'outlier_quantity',
    column: 'quantity',
    says: `log(quantity) more than ${spread} robust standard deviations (1.4826 MAD) and a factor of ${quantityFactor} above the median of all rows`,
  },
  {
    reason: 'outlier_price',
    column: 'price',
    says: `log(price) more than ${spread} robust standard deviations (1.4826 MAD) and a factor of ${priceFactor} from its SKU's median in its currency`,
  },
];
