import { meaningOf, typeKey } from '../core/index.js';
import { DateColumn } from './dateOrder.js';
import { appenderOf, type Cell, type Duck, quoteText, rows, streamed } from './duck.js';
import { type Mapping, typeOfName } from './mapping.js';
import { currencyOfSign, readNumber, readRating } from './numbers.js';
import { type DateOrder, readTime } from './times.js';

/**
 * Texts become values a column at a time: each distinct text is read once, by one function, for all formats of files;
 * what a text leaves in doubt is settled by what the rest of the column shows.
 */
async function readDistinct(
  duck: Duck,
  table: string,
  definition: string,
  text: string,
  read: (text: string) => Cell[],
): Promise<void> {
  await duck.connection.run(`CREATE TABLE ${table}(text VARCHAR, ${definition})`);
  const beside = await duck.beside();
  const target = await appenderOf(beside, table);
  try {
    const sql = `SELECT DISTINCT t FROM (SELECT ${text} AS t FROM raw) WHERE t IS NOT NULL`;
    for await (const chunk of streamed<[string]>(duck.connection, sql))
      for (const [one] of chunk) target.append([one, ...read(one)]);
  } finally {
    target.close();
  }
}

export interface Settlement {
  notes: string[];
}

const whole = (value: number): bigint | null => (Number.isFinite(value) ? BigInt(Math.trunc(value)) : null);

/**
 * Makes table `times(text, time)`, ms: day and month are told apart by the column. Throws `ambiguous_time` where nothing
 * tells them apart.
 */
export async function settleTimes(
  duck: Duck,
  text: string,
  options: { mapping: Mapping; now: number; column: string },
): Promise<{ order: DateOrder | undefined; notes: string[] }> {
  const { mapping, now, column } = options;
  const dates = new DateColumn(now + 86_400_000);
  await readDistinct(duck, 'read_times', 'dmy BIGINT, mdy BIGINT', text, (one) => {
    const reading = readTime(one, mapping.zone);
    dates.look(one, reading);
    return [whole(reading.dmy), whole(reading.mdy)];
  });
  const { order, misfits } = dates.settle(column, mapping.dates);
  const notes: string[] = [];
  if (order && !mapping.dates) {
    const named = order === 'dmy' ? 'day/month/year' : 'month/day/year';
    const odd = misfits > 0 ? `; ${misfits} do not fit that and are set aside` : '';
    notes.push(`Times in ${column} are read as ${named}${odd}`);
  }
  await duck.connection.run(
    `CREATE TABLE times AS SELECT text, ${order ?? 'coalesce(dmy, mdy)'} AS time FROM read_times; DROP TABLE read_times`,
  );
  return { order: mapping.dates ?? dates.shown, notes };
}

export type NumberRole = 'quantity' | 'price' | 'total' | 'value';

/**
 * Makes a table `read_quantity`, `read_price`, `read_total`, `read_value` (text, number, money, sign) for each column of numbers. The
 * decimal sign is the one that the column shows; where it shows none, the one that the others show. `yen`: what ¥ stands for.
 */
export async function settleNumbers(
  duck: Duck,
  columns: readonly { role: NumberRole; text: string; column: string }[],
  { mapping, yen }: { mapping: Mapping; yen: string | undefined },
): Promise<{ decimal: '.' | ',' | undefined; notes: string[] }> {
  const shown = new Map<NumberRole, { '.': number; ',': number; doubts: Set<string>; example: string }>();
  for (const { role, text } of columns) {
    const seen = { '.': 0, ',': 0, doubts: new Set<string>(), example: '' };
    shown.set(role, seen);
    await readDistinct(
      duck,
      `raw_${role}`,
      'decimal DOUBLE, grouped DOUBLE, doubt VARCHAR, money VARCHAR, sign VARCHAR',
      text,
      (one) => {
        const reading = role === 'value' ? readRating(one) : readNumber(one);
        if (!reading) return [null, null, null, null, null];
        if (reading.shows) seen[reading.shows]++;
        if (reading.doubt) {
          seen.doubts.add(reading.doubt);
          seen.example ||= one;
        }
        return [
          reading.decimal,
          reading.grouped,
          reading.doubt ?? null,
          reading.currency ?? (reading.sign === '¥' ? (yen ?? null) : null),
          reading.sign ?? null,
        ];
      },
    );
  }
  const all = { '.': 0, ',': 0 };
  for (const seen of shown.values()) {
    all['.'] += seen['.'];
    all[','] += seen[','];
  }
  const notes: string[] = [];
  for (const { role, column } of columns) {
    const seen = shown.get(role)!;
    const decimal = mapping.decimal ?? more(seen) ?? more(all);
    // Without a word, a point is a decimal point and a comma stands between thousands.
    const sign = decimal ?? '.';
    if (!decimal && seen.doubts.has(','))
      notes.push(`"${seen.example}" in ${column} is read as thousands; say {"decimal":","} where it is not`);
    await duck.connection.run(`CREATE TABLE read_${role} AS SELECT text, money, sign,
      CASE WHEN doubt IS NULL OR doubt = ${quoteText(sign)} THEN decimal ELSE grouped END AS number FROM raw_${role}; DROP TABLE raw_${role}`);
  }
  return { decimal: mapping.decimal ?? more(all), notes };
}

function more(seen: { '.': number; ',': number }): '.' | ',' | undefined {
  if (seen['.'] === seen[',']) return undefined;
  return seen['.'] > seen[','] ? '.' : ',';
}

/** SQL of a column of currencies, signs that stand for one alone as its code. */
export async function currencyText({ connection }: Duck, text: string): Promise<string> {
  const found = await rows(
    connection,
    `SELECT DISTINCT t FROM (SELECT ${text} AS t FROM raw) WHERE NOT regexp_full_match(t, '[A-Za-z]{3}') LIMIT 1000`,
  );
  const signs = found.flatMap(({ t }) => {
    const code = currencyOfSign(String(t));
    return code === undefined ? [] : [`WHEN ${quoteText(String(t))} THEN ${quoteText(code)}`];
  });
  return signs.length === 0 ? text : `CASE ${text} ${signs.join(' ')} ELSE ${text} END`;
}

/** Codes of behaviour in the data sets of Taobao and Tmall. */
const taobao: Record<string, string> = { 1: 'view', 2: 'wish', 3: 'add_to_cart', 4: 'purchase' };

/**
 * Makes table `types(text, type)` of what the rows call their events: as the mapping says, by the table of known
 * names, else as they are, if that is a name at all.
 */
export async function settleTypes(duck: Duck, text: string, mapping: Mapping): Promise<string[]> {
  const found = await rows(
    duck.connection,
    `SELECT DISTINCT t FROM (SELECT ${text} AS t FROM raw) WHERE t IS NOT NULL LIMIT 100000`,
  );
  const names = found.map(({ t }) => String(t));
  const said = new Map(Object.entries(mapping.types ?? {}).map(([from, to]) => [typeKey(from), to]));
  const coded = names.length > 1 && names.every((name) => taobao[name] !== undefined && !said.has(name));
  await duck.connection.run('CREATE TABLE types(text VARCHAR, type VARCHAR)');
  const target = await appenderOf(duck.connection, 'types');
  for (const name of names) {
    const type =
      said.get(typeKey(name)) ?? (coded ? taobao[name] : undefined) ?? typeOfName(name) ?? looseKey(name);
    target.append([name, type]);
  }
  target.close();
  return coded ? ['Types of events 1, 2, 3, 4 are read as view, wish, add_to_cart, purchase'] : [];
}

/** An unknown name as a type; what is no word at its ends (`(not set)`, `__proto__`) makes no type. */
const looseKey = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_');

/** Types that are about an item: a row of one without an item is at fault, any other may do without. */
export const aboutItems = (type: string): boolean => {
  const meaning = meaningOf(type);
  return meaning !== undefined && !['search', 'identify', 'undo', 'impression'].includes(meaning);
};
