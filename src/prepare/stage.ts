import { withClock, withZone } from './clock.js';
import { type Duck, quoteText, rows } from './duck.js';
import { cleanText, type TextKind } from './identity.js';
import { currencyOfYen } from './numbers.js';
import type { Role } from './roles.js';
import type { Decisions, Settled } from './settled.js';
import { currencyText, type NumberRole, settleNumbers, settleTimes, settleTypes } from './values.js';

/** Makes table `staged` of table `raw`: a row an event or a line of one, its texts read as what they mean. */
export async function stage(duck: Duck, settled: Settled): Promise<Decisions> {
  const { raw, mapping, defaultType, now } = settled;
  const columnsOf = (role: Role): string[] =>
    settled.guesses.find((guess) => guess.role === role)?.columns.map(raw.name) ?? [];
  const coalesced = (parts: readonly string[]): string =>
    parts.length === 0 ? 'NULL::VARCHAR' : parts.length === 1 ? parts[0]! : `coalesce(${parts.join(', ')})`;
  const cleaned = new Map<string, string>();
  for (const [role, kind] of textKinds)
    for (const column of columnsOf(role))
      cleaned.set(`${column} ${kind}`, await cleanText(duck, column, kind, mapping.placeholders));
  const text = (role: Role): string =>
    coalesced(columnsOf(role).map((column) => cleaned.get(`${column} ${textKinds.get(role)!}`)!));

  const named = (role: Role): string =>
    settled.guesses.find((guess) => guess.role === role)?.columns.join(' or ') ?? role;

  const ids = {
    user: text('user'),
    item: text('item'),
    order: unnumbered(text('order')),
    session: unnumbered(text('session')),
  };
  const floats = await wholeNumbers(duck, ids);
  const id = (role: keyof typeof ids): string =>
    floats.has(role) ? `regexp_replace(${ids[role]}, '\\.0$', '')` : ids[role];

  const notes: string[] = [];
  for (const role of floats) notes.push(`Ids in ${named(role)} are whole numbers with ".0": read without`);
  let dates: Decisions['dates'];
  const local = columnsOf('clock').length > 0 ? withClock(text('time'), text('clock')) : text('time');
  const when = columnsOf('zone').length > 0 ? withZone(local, text('zone')) : local;
  const timed = columnsOf('time').length > 0;
  if (timed) {
    const times = await settleTimes(duck, when, { mapping, now, column: named('time') });
    dates = times.order;
    notes.push(...times.notes);
  }
  const numeric = (['quantity', 'price', 'total', 'value'] as const)
    .filter((role) => columnsOf(role).length > 0)
    .map((role) => ({ role, text: text(role), column: named(role) }));
  const numbers = await settleNumbers(duck, numeric, { mapping, yen: currencyOfYen(raw.columns) });
  notes.push(...numbers.notes);
  const typed = columnsOf('type').length > 0;
  if (typed) notes.push(...(await settleTypes(duck, text('type'), mapping)));
  // Where rows say their type, one that does not is at fault, unless the mapping says what it is.
  const silent = mapping.defaultType ? quoteText(defaultType) : 'NULL';
  const type = typed ? `coalesce(types.type, ${silent})` : quoteText(defaultType);

  const number = (role: NumberRole, otherwise: string): string =>
    columnsOf(role).length === 0 ? otherwise : `coalesce(read_${role}.number, ${otherwise})`;
  const reading = (role: NumberRole): string =>
    columnsOf(role).length === 0 ? 'NULL::DOUBLE' : `read_${role}.number`;
  const units = number('quantity', '1');
  const amount = columnsOf('price').length > 0 ? 'price' : 'total';
  const shown = number(amount, 'NULL::DOUBLE');
  // Of an amount and units that are both negative, as of a return, the price is positive.
  const price = amount === 'price' ? shown : `round(${shown} / nullif(${units}, 0), 4)`;
  // A sale of a negative amount is a return as one of a negative quantity is.
  const byPrice = `coalesce(${type} = 'purchase' AND ${price} < 0, false)`;
  const bad = numeric.map(
    ({ role }) => `WHEN _${role} IS NOT NULL AND read_${role}.number IS NULL THEN '${role}'`,
  );
  const joins = [
    ...numeric.map(({ role }) => `LEFT JOIN read_${role} ON read_${role}.text = _${role}`),
    timed ? 'LEFT JOIN times ON times.text = raw_time' : '',
    typed ? 'LEFT JOIN types ON types.text = raw_type' : '',
  ];
  const everything = ['_rest', '_position', ...raw.columns.map(raw.name)].join(', ');
  const user = id('user');
  const { elapsed } = mapping;
  const time = elapsed
    ? await elapsedTimes(duck, settled, user)
    : { time: timed ? 'times.time' : 'NULL::BIGINT', join: '' };
  const money = (part: 'money' | 'sign'): string =>
    columnsOf(amount).length > 0 ? `read_${amount}.${part}` : 'NULL';
  const anonymous =
    mapping.missingUser === 'anonymous'
      ? `coalesce(user_id, 'anonymous:' || coalesce(order_id, session, md5(concat_ws(chr(31), ${everything}))))`
      : 'user_id';
  await duck.connection.run(`CREATE TABLE staged AS SELECT n, file, row, position, _rest AS record, corrected, confirmed,
      ${anonymous} AS user_id, item, raw_time, ${time.time} AS time, ${type} AS type, raw_type, order_id, status, session, event_id,
      coalesce(currency, ${money('money')}) AS currency, coalesce(currency, ${money('sign')}) AS money, attribution,
      coalesce(context, CASE WHEN ${type} = 'identify' AND _anonymous IS NOT NULL THEN json_object('anonymous', _anonymous)::VARCHAR END) AS context,
      CASE WHEN ${type} = 'refund' THEN abs(${units}) WHEN ${byPrice} THEN -abs(${units}) ELSE ${units} END AS quantity,
      CASE WHEN ${type} IN ('purchase', 'refund') THEN abs(${price}) ELSE ${price} END AS price, ${byPrice} AS by_price, ${number('value', 'NULL')} AS value, title, category, brand, query,
      ${bad.length > 0 ? `CASE ${bad.join(' ')} END` : 'NULL::VARCHAR'} AS bad_number,
      coalesce(copies.copy, 1) AS copy, NULL::VARCHAR AS reason, false AS whole,
      ${reading('quantity')} AS read_quantity, ${columnsOf(amount).length > 0 ? price : 'NULL::DOUBLE'} AS read_price
    FROM (SELECT _file AS file, _row AS row, _position AS position, _corrected AS corrected, _confirmed AS confirmed, rowid AS n,
        ${user} AS user_id, ${id('item')} AS item, ${id('order')} AS order_id, ${text('status')} AS status, ${id('session')} AS session,
        ${when} AS raw_time, ${text('type')} AS raw_type, ${text('id')} AS event_id, ${text('context')} AS context, ${text('anonymous')} AS _anonymous,
        upper(${await currencyText(duck, text('currency'))}) AS currency, ${text('attribution')} AS attribution, ${text('title')} AS title,
        ${text('category')} AS category, ${text('brand')} AS brand, ${text('query')} AS query,
        ${numeric.map(({ role, text }) => `${text} AS _${role}, `).join('')} ${everything} FROM raw)
    ${joins.join(' ')} ${time.join} LEFT JOIN (${copiesOf(everything)}) copies ON copies.original = n ORDER BY n`);
  return { notes, dates, decimal: numbers.decimal, equalRows: 'duplicates', suggestions: [] };
}

/** How the texts of a role are cleaned: what stands for "nothing" differs. */
const textKinds = new Map<Role, TextKind>([
  ['user', 'user'],
  ['anonymous', 'user'],
  ['item', 'id'],
  ['order', 'id'],
  ['status', 'value'],
  ['clock', 'value'],
  ['zone', 'value'],
  ['session', 'id'],
  ['id', 'id'],
  ['attribution', 'id'],
  ['time', 'value'],
  ['type', 'value'],
  ['quantity', 'value'],
  ['price', 'value'],
  ['total', 'value'],
  ['value', 'value'],
  ['currency', 'value'],
  ['title', 'value'],
  ['category', 'value'],
  ['brand', 'value'],
  ['query', 'plain'],
  ['context', 'plain'],
]);

/** Orders and sessions are not called 0: that is "none", and would put all its rows into one. */
const unnumbered = (text: string): string =>
  `CASE WHEN ${text} IN ('0', '-1', '0.0') THEN NULL ELSE ${text} END`;

/** Columns of ids all of which are whole numbers written as decimals, as data frames with gaps write them. */
async function wholeNumbers<Name extends string>(duck: Duck, ids: Record<Name, string>): Promise<Set<Name>> {
  const names = Object.keys(ids) as Name[];
  const checks = names.map(
    (name) =>
      `count(${ids[name]}) > 0 AND count(*) FILTER (NOT regexp_full_match(${ids[name]}, '-?[0-9]+\\.0')) = 0 AS ${name}_`,
  );
  const [found] = await rows(duck.connection, `SELECT ${checks.join(', ')} FROM raw`);
  return new Set(names.filter((name) => found?.[`${name}_`] === true));
}

/** Times of orders that say how many days after the one before of the same shopper they came. */
async function elapsedTimes(
  duck: Duck,
  { raw, mapping }: Settled,
  user: string,
): Promise<{ time: string; join: string }> {
  const { days, hour, sequence, from } = mapping.elapsed!;
  const start = Date.parse(from);
  const known = (column: string): string => raw.name(column) ?? 'NULL';
  const number = (column: string): string => `coalesce(TRY_CAST(${known(column)} AS DOUBLE), 0)`;
  const hours = hour === undefined ? '0' : number(hour);
  await duck.connection.run(`CREATE TEMP TABLE elapsed AS SELECT shopper, number,
      (${start} + 86400000 * sum(days) OVER (PARTITION BY shopper ORDER BY number) + 3600000 * hour)::BIGINT AS time
    FROM (SELECT ${user} AS shopper, ${number(sequence)} AS number, any_value(${number(days)}) AS days, any_value(${hours}) AS hour
      FROM raw GROUP BY ALL)`);
  return {
    time: 'elapsed.time',
    join: `LEFT JOIN elapsed ON elapsed.shopper = user_id AND elapsed.number = ${number(sequence)}`,
  };
}

/**
 * SQL of the rows that are there more than once, numbered. Few rows are: a hash finds those that may be, and only these
 * are compared whole, for a window over all rows and columns is what reading a file took longest for.
 */
const copiesOf = (everything: string): string => `
  SELECT rowid AS original, row_number() OVER (PARTITION BY ${everything} ORDER BY rowid) AS copy FROM raw
  WHERE hash(${everything}) IN (SELECT hash(${everything}) FROM raw GROUP BY 1 HAVING count(*) > 1)`;
