import { quoteText } from './read.js';

/** Why a row is not among the events by itself. `merged` rows live on in another row; the others are set aside. */
export interface Rule {
  reason: string;
  kind: 'merged' | 'quarantined';
  field: string;
  remedy: string;
}

export const rules: readonly Rule[] = [
  rule('malformed', 'quarantined', 'row', 'Correct the line: it does not parse'),
  rule('exact_duplicate', 'merged', 'row', 'Every field equals an earlier row'),
  rule('missing_item', 'quarantined', 'item', 'Fill in the item'),
  rule(
    'non_product',
    'quarantined',
    'item',
    'Postage, fees and tests are no products; rename the SKU if it is one',
  ),
  rule('missing_time', 'quarantined', 'time', 'Fill in the time'),
  rule(
    'invalid_time',
    'quarantined',
    'time',
    'Write the time as ISO 8601 or as unix seconds or milliseconds',
  ),
  rule('time_out_of_range', 'quarantined', 'time', 'The time is before 1995 or in the future'),
  rule('missing_user', 'quarantined', 'user', 'Fill in the shopper, or map missingUser to "anonymous"'),
  rule('invalid_number', 'quarantined', 'quantity', 'Write quantity, price and value as plain numbers'),
  rule('cancelled', 'merged', 'order', 'Cancellation and purchase took each other out'),
  rule('unmatched_cancellation', 'quarantined', 'order', 'The purchase it cancels is not in the data'),
  rule('non_positive_quantity', 'quarantined', 'quantity', 'Correct the quantity'),
  rule('non_positive_price', 'quarantined', 'price', 'Correct the price'),
  rule('near_duplicate', 'merged', 'quantity', 'Same order, item, price: the quantities are added up'),
  rule(
    'outlier_quantity',
    'quarantined',
    'quantity',
    'Confirm by writing it again as several rows, or correct it',
  ),
  rule('outlier_price', 'quarantined', 'price', 'Correct the price'),
];

function rule(reason: string, kind: Rule['kind'], field: string, remedy: string): Rule {
  return { reason, kind, field, remedy };
}

/** A row-local rule in SQL over table `staged`, in the order in which they apply. */
export function localRules(options: {
  now: number;
  hasOrder: boolean;
  nonProducts: readonly string[];
  digits: boolean;
}): [string, string][] {
  const cancels = options.hasOrder ? `(order_id SIMILAR TO '[Cc][0-9]+' AND quantity < 0)` : '(false)';
  return [
    ['missing_item', 'item IS NULL'],
    ['non_product', nonProduct(options)],
    ['missing_time', 'raw_time IS NULL'],
    ['invalid_time', 'time IS NULL'],
    ['time_out_of_range', `time < ${Date.UTC(1995, 0, 1)} OR time > ${options.now + 86_400_000}`],
    ['missing_user', 'user_id IS NULL'],
    ['invalid_number', 'bad_number'],
    ['non_positive_quantity', `quantity <= 0 AND NOT ${cancels}`],
    ['non_positive_price', 'price <= 0'],
  ];
}

/**
 * Service codes among SKUs: where at least 95 % of the rows carry a SKU with four digits or more, one with fewer
 * is postage, a fee, a manual entry; gift vouchers and tests by name; and what the mapping adds.
 */
function nonProduct(options: { nonProducts: readonly string[]; digits: boolean }): string {
  const parts = options.nonProducts.map((pattern) => `regexp_full_match(item, ${quoteText(pattern)})`);
  if (options.digits)
    parts.push(`NOT regexp_matches(item, '[0-9]{4}')`, `regexp_matches(item, '(?i)^(gift|test)')`);
  return parts.length > 0 ? parts.join(' OR ') : 'false';
}

/**
 * Robust outliers, on the logarithm. Quantity: more than `spread` robust standard deviations (1.4826 · MAD) from
 * the median of all rows. Price: more than that from the median of its own SKU, and by a factor of four at least.
 */
export const spread = 6;
export const outlierRules: readonly { reason: string; column: string; says: string }[] = [
  {
    reason: 'outlier_quantity',
    column: 'quantity',
    says: `log(quantity) more than ${spread} robust standard deviations (1.4826 MAD) above the median of all rows`,
  },
  {
    reason: 'outlier_price',
    column: 'price',
    says: `log(price) more than ${spread} robust standard deviations (1.4826 MAD) and a factor of 4 from its SKU's median`,
  },
];
