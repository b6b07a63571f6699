import { meaningOf } from '../core/index.js';
import { typeOfName } from './mapping.js';
import { readTime } from './times.js';

/** What a column without a name may be told to be by its values. */
export type ValueRole = 'time' | 'type' | 'rating';

/** How an id of a product looks at Amazon: an ISBN or `B0…`; what reviews there are about. */
const asin = /^(B[0-9A-Z]{9}|\d{9}[\dX])$/;
const earliest = Date.UTC(1995, 0, 1);
const latest = Date.UTC(2100, 0, 1);

/**
 * Names for the columns of a file without a header, where their values tell which is which: a time, and a rating or a
 * type of event or neither; of the ids that are left the shopper's comes first, as every such file has it (Amazon's of
 * 2018 excepted, whose products are known by their look), a third one after a type is a category. Undefined where
 * anything else is in the file: guessing there would be wrong without a word.
 */
export function namesByValues(rows: readonly (readonly string[])[]): string[] | undefined {
  const found = rolesByValues(rows);
  const width = rows[0]?.length ?? 0;
  const ids = Array.from({ length: width }, (_, at) => at).filter((at) => !Object.values(found).includes(at));
  const most = found.type === undefined ? 2 : 3;
  if (found.time === undefined || ids.length < 2 || ids.length > most) return undefined;
  if (ids.some((at) => rows.some((row) => !isId(row[at] ?? '')))) return undefined;
  const names = new Array<string>(width);
  names[found.time] = 'timestamp';
  if (found.type !== undefined) names[found.type] = 'event_type';
  if (found.rating !== undefined) names[found.rating] = 'rating';
  const products = ids.filter((at) => rows.every((row) => asin.test(row[at]!)));
  const [item, itemName] = products.length === 1 ? [products[0]!, 'asin'] : [ids[1]!, 'item_id'];
  names[item] = itemName;
  const [user, category] = ids.filter((at) => at !== item);
  names[user!] = 'user_id';
  if (category !== undefined) names[category] = 'category_id';
  return names;
}

/** Which columns are a time, a type of event, a rating (of events without a type); by place, from 0. */
export function rolesByValues(rows: readonly (readonly string[])[]): Partial<Record<ValueRole, number>> {
  const width = rows[0]?.length ?? 0;
  const found: Partial<Record<ValueRole, number>> = {};
  for (const [role, test] of Object.entries(tests) as [ValueRole, (cell: string) => boolean][]) {
    const fit = Array.from({ length: width }, (_, at) => at).filter((at) =>
      rows.every((row) => row.length === width && test((row[at] ?? '').trim())),
    );
    // Ids of a beginning may be as small as ratings, which come behind them.
    if (role === 'rating') {
      const at = fit.at(-1);
      if (at !== undefined && width > 3 && found.type === undefined && areRatings(rows, at))
        found.rating = at;
    } else if (fit.length === 1) found[role] = fit[0]!;
  }
  return found;
}

/** Most quantities are 1, few ratings are. */
const areRatings = (rows: readonly (readonly string[])[], at: number): boolean =>
  rows.filter((row) => Number(row[at]) === 1).length <= rows.length / 2;

const tests: Record<ValueRole, (cell: string) => boolean> = {
  time(cell) {
    // Numbers that are times have nine digits or more (before September 2001); a shorter one may be anything.
    if (
      !/^\d{9,10}(\d{3}|\d{6}|\d{9})?(\.\d+)?$|^\d{4}[-/.]?\d\d[-/.]?\d\d(?!\d)|^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}/.test(
        cell,
      )
    )
      return false;
    const { dmy, mdy } = readTime(cell);
    return [dmy, mdy].some((time) => time >= earliest && time < latest);
  },
  type: (cell) => /^\p{L}[\p{L} _-]*$/u.test(cell) && meaningOf(typeOfName(cell) ?? '') !== undefined,
  rating: (cell) => /^(10|\d)([.,]\d)?0?$/.test(cell),
};

const isId = (cell: string): boolean => /^[^\s,;|]{1,64}$/.test(cell.trim());
