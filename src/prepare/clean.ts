import { EndcapError, knownTypes } from '../core/index.js';
import { withClock } from './clock.js';
import { appenderOf, type Duck, quoteText, rows } from './duck.js';
import { cleanText, type TextKind } from './identity.js';
import type { Guess, Mapping } from './mapping.js';
import { isRefunded } from './orderStatus.js';
import type { Raw } from './raw.js';
import type { Role } from './roles.js';
import { localRules, priceFactor, quantityFactor, spread } from './rules.js';
import {
  aboutItems,
  currencyText,
  type NumberRole,
  settleNumbers,
  settleTimes,
  settleTypes,
} from './values.js';
import { matchRefunds, type OrdersBefore } from './wholeRefunds.js';

export interface Settled {
  guesses: readonly Guess[];
  raw: Raw;
  defaultType: string;
  mapping: Mapping;
  now: number;
  /** Which returns give back what was imported before. */
  earlier?: ((returns: readonly Return[]) => Promise<readonly boolean[]>) | undefined;
  /** What was imported before of orders that are given back. */
  ordersBefore?: OrdersBefore | undefined;
}

/** What was decided of the columns from all of their values. */
export interface Decisions {
  notes: string[];
  dates?: 'dmy' | 'mdy' | undefined;
  decimal?: '.' | ',' | undefined;
  equalRows: 'duplicates' | 'units';
  suggestions: { rule: string; rows: number; examples: string[]; remedy: string }[];
}

/**
 * Applies the rules in order. Afterwards every row of `staged` has a `reason` (why it is not an event by itself)
 * or none; `quantity` of a kept row holds what merging and cancelling left.
 */
export async function clean(duck: Duck, settled: Settled): Promise<Decisions> {
  const { connection } = duck;
  const has = (role: Role): boolean => settled.guesses.some((guess) => guess.role === role);
  const decisions = await stage(duck, settled);
  if (settled.mapping.fill) await fillOrders(duck, settled.mapping.fill);
  if (has('order')) await matchRefunds(duck, settled.ordersBefore);
  decisions.equalRows = settled.mapping.equalRows ?? (await equalRows(duck, settled));
  const units = decisions.equalRows === 'units';
  if (has('status')) decisions.notes.push(...(await refundedOrders(duck)));
  await applyLocalRules(duck, settled, units, decisions);
  if (has('quantity') || has('price')) await cancel(duck, settled, decisions);
  if (has('order') || units) await mergeNear(duck, units);
  await markOutliers(duck, has);
  for (const table of ['times', 'types', 'read_quantity', 'read_price', 'read_value'])
    await connection.run(`DROP TABLE IF EXISTS ${table}`);
  return decisions;
}

async function stage(duck: Duck, settled: Settled): Promise<Decisions> {
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
  const when = columnsOf('clock').length > 0 ? withClock(text('time'), text('clock')) : text('time');
  const timed = columnsOf('time').length > 0;
  if (timed) {
    const times = await settleTimes(duck, when, { mapping, now, column: named('time') });
    dates = times.order;
    notes.push(...times.notes);
  }
  const numeric = (['quantity', 'price', 'value'] as const)
    .filter((role) => columnsOf(role).length > 0)
    .map((role) => ({ role, text: text(role), column: named(role) }));
  const numbers = await settleNumbers(duck, numeric, mapping);
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
  const [units, price] = [number('quantity', '1'), number('price', 'NULL::DOUBLE')];
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
    columnsOf('price').length > 0 ? `read_price.${part}` : 'NULL';
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
      ${reading('quantity')} AS read_quantity, ${reading('price')} AS read_price
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
  ['session', 'id'],
  ['id', 'id'],
  ['attribution', 'id'],
  ['time', 'value'],
  ['type', 'value'],
  ['quantity', 'value'],
  ['price', 'value'],
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

/** Gives the lines of an order what only its first one says. */
async function fillOrders({ connection }: Duck, fields: readonly string[]): Promise<void> {
  const names: Record<string, string[]> = {
    user: ['user_id'],
    time: ['time', 'raw_time'],
    currency: ['currency'],
    session: ['session'],
    status: ['status'],
  };
  for (const column of fields.flatMap((field) => names[field] ?? [])) {
    await connection.run(`UPDATE staged SET ${column} = known FROM (SELECT order_id AS filled, arg_min(${column}, n) AS known FROM staged
        WHERE order_id IS NOT NULL AND ${column} IS NOT NULL GROUP BY order_id)
      WHERE ${column} IS NULL AND order_id = filled`);
  }
}

/** Orders that were paid and given back are sales; which lines came back, their status does not say. */
async function refundedOrders({ connection }: Duck): Promise<string[]> {
  const [found] = await rows(
    connection,
    `SELECT count(DISTINCT order_id) AS n FROM staged WHERE type = 'purchase' AND ${isRefunded('status')}`,
  );
  const count = Number(found?.n ?? 0);
  return count === 0
    ? []
    : [`${count.toLocaleString('en')} orders were refunded since, by their status: kept as bought`];
}

/**
 * Whether equal rows are units of one thing: where sales have no quantity, and either belong to orders, whose lines are
 * then one a unit, or have days for times, in which equal rows are no accident.
 */
async function equalRows({ connection }: Duck, settled: Settled): Promise<Decisions['equalRows']> {
  const has = (role: Role): boolean => settled.guesses.some((guess) => guess.role === role);
  if (has('quantity') || has('id') || settled.defaultType !== 'purchase' || has('type')) return 'duplicates';
  if (has('order')) return 'units';
  const [found] = await rows(
    connection,
    'SELECT count(time) > 0 AND count(*) FILTER (time % 86400000 <> 0) = 0 AS days FROM staged',
  );
  return found?.days === true ? 'units' : 'duplicates';
}

async function applyLocalRules(
  { connection }: Duck,
  settled: Settled,
  units: boolean,
  decisions: Decisions,
): Promise<void> {
  const { nonProducts = [] } = settled.mapping;
  const patterns = nonProducts || [];
  await checkPatterns(connection, patterns);
  const [share] = await rows(
    connection,
    `SELECT avg(CASE WHEN regexp_matches(item, '[0-9]{4}') THEN 1.0 ELSE 0 END) AS digits, count(*) AS n
     FROM staged WHERE item IS NOT NULL`,
  );
  const hasOrder = settled.guesses.some(({ role }) => role === 'order');
  const digits = Number(share?.digits ?? 0) >= 0.95 && hasOrder && nonProducts !== false;
  const local = localRules({
    now: settled.now,
    nonProducts: patterns,
    serviceCodes: digits,
    aboutItems: knownTypes.filter(({ type }) => aboutItems(type)).map(({ type }) => type),
  });
  const cases = local.map(([reason, condition]) => `WHEN ${condition} THEN '${reason}'`).join('\n');
  const twice = units ? `copy > 1 AND type <> 'purchase'` : 'copy > 1';
  await connection.run(`UPDATE staged SET reason = CASE WHEN ${twice} THEN 'exact_duplicate' ${cases} END`);
  if (digits) await suggest(connection, decisions);
  if (!settled.guesses.some(({ role }) => role === 'id')) return;
  await connection.run(`UPDATE staged SET reason = 'reused_id' FROM (SELECT event_id AS id, first(user_id ORDER BY n) AS owner,
      first(type ORDER BY n) AS named FROM staged WHERE reason IS NULL AND event_id IS NOT NULL GROUP BY event_id)
    WHERE reason IS NULL AND event_id = id AND (user_id <> owner OR type <> named)`);
}

/**
 * SQL of the rows that are there more than once, numbered. Few rows are: a hash finds those that may be, and only these
 * are compared whole, for a window over all rows and columns is what reading a file took longest for.
 */
const copiesOf = (everything: string): string => `
  SELECT rowid AS original, row_number() OVER (PARTITION BY ${everything} ORDER BY rowid) AS copy FROM raw
  WHERE hash(${everything}) IN (SELECT hash(${everything}) FROM raw GROUP BY 1 HAVING count(*) > 1)`;

/** Says which kept items look like services among products, and how to leave them out. */
async function suggest(connection: Duck['connection'], decisions: Decisions): Promise<void> {
  const kinds = [
    ['items without four digits, where nearly all have them', `NOT regexp_matches(item, '[0-9]{4}')`],
    ['items called gift… or test…', `regexp_matches(item, '(?i)^(gift|test)')`],
  ] as const;
  for (const [rule, condition] of kinds) {
    const found = await rows(
      connection,
      `SELECT item, count(*) AS n FROM staged WHERE reason IS NULL AND ${condition} GROUP BY item ORDER BY n DESC, item`,
    );
    if (found.length === 0) continue;
    const examples = found.slice(0, 5).map(({ item }) => String(item));
    decisions.suggestions.push({
      rule,
      rows: found.reduce((sum, { n }) => sum + Number(n), 0),
      examples,
      remedy: `Kept. If they are no products: {"nonProducts":${JSON.stringify(examples.map(escapePattern))}} in a mapping file`,
    });
  }
}

const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

async function checkPatterns(connection: Duck['connection'], patterns: readonly string[]): Promise<void> {
  for (const [at, pattern] of patterns.entries()) {
    await connection.run(`SELECT regexp_full_match('', ${quoteText(pattern)})`).catch((cause: Error) => {
      throw new EndcapError('invalid_mapping', `The mapping has the pattern "${pattern}"`, {
        errors: [{ field: `nonProducts.${at}`, message: cause.message.split('\n')[0]! }],
        remedy: 'Write a regular expression as RE2 takes it',
        cause,
      });
    });
  }
}

interface Purchase {
  row: number;
  order: string | null;
  left: number;
}

/**
 * Pairs each return (a line of a negative quantity, whatever its order is called) with purchases of the same shopper
 * and item and takes its units off them: those of the same order first, then the latest earlier ones. What returns
 * more than was bought is a refund of what an earlier import logged, and else set aside.
 */
async function cancel({ connection }: Duck, { earlier }: Settled, { notes }: Decisions): Promise<void> {
  const lines = await rows(
    connection,
    `SELECT n, user_id || chr(1) || item AS pair, quantity, time, order_id, by_price FROM staged
     WHERE reason IS NULL AND type = 'purchase'
       AND (user_id, item) IN (SELECT (user_id, item) FROM staged WHERE reason IS NULL AND quantity < 0)
     ORDER BY time, quantity < 0, n`,
  );
  const bought = new Map<string, Purchase[]>();
  const changes: [n: number, quantity: number, reason: string | null][] = [];
  const unmatched: (Return & { row: number })[] = [];
  const left = new Map<number, number>();
  for (const line of lines) {
    const [pair, quantity, row] = [String(line.pair), Number(line.quantity), Number(line.n)];
    const order = line.order_id === null ? null : String(line.order_id);
    const stack = bought.get(pair) ?? [];
    bought.set(pair, stack);
    if (quantity > 0) {
      stack.push({ row, order, left: quantity });
      continue;
    }
    const matched = takeBack(stack, order, -quantity, left);
    const alone = line.by_price === true ? 'non_positive_price' : 'unmatched_cancellation';
    changes.push([row, quantity, matched ? 'cancelled' : alone]);
    const [user, item] = pair.split('\u0001') as [string, string];
    if (!matched) unmatched.push({ user, item, units: -quantity, time: Number(line.time), row });
  }
  for (const [row, quantity] of left) changes.push([row, quantity, quantity === 0 ? 'cancelled' : null]);
  await update(connection, changes);
  const found = (await earlier?.(unmatched)) ?? [];
  const rowsOfEarlier = unmatched.filter((_, at) => found[at]).map(({ row }) => row);
  if (rowsOfEarlier.length === 0) return;
  notes.push(`${rowsOfEarlier.length.toLocaleString('en')} returns of what was imported before`);
  await connection.run(`UPDATE staged SET type = 'refund', quantity = -quantity, reason = NULL
    WHERE n IN (${rowsOfEarlier.join(', ')})`);
}

/** Units that a file says were given back, of which it has no purchase. `time` in ms. */
export interface Return {
  user: string;
  item: string;
  units: number;
  time: number;
}

/** Takes `units` off purchases; false (and nothing taken) when fewer were bought. */
function takeBack(
  stack: Purchase[],
  order: string | null,
  units: number,
  left: Map<number, number>,
): boolean {
  if (stack.reduce((sum, purchase) => sum + purchase.left, 0) < units) return false;
  const own = order === null ? [] : stack.filter((purchase) => purchase.order === order);
  const others = stack.filter((purchase) => !own.includes(purchase));
  for (const purchase of [...own.toReversed(), ...others.toReversed()]) {
    if (units === 0) break;
    const taken = Math.min(units, purchase.left);
    if (taken === 0) continue;
    purchase.left -= taken;
    units -= taken;
    left.set(purchase.row, purchase.left);
  }
  while (stack.length > 0 && stack.at(-1)!.left === 0) stack.pop();
  return true;
}

async function update(
  connection: Duck['connection'],
  changes: [number, number, string | null][],
): Promise<void> {
  await connection.run('CREATE OR REPLACE TEMP TABLE changes(n BIGINT, quantity DOUBLE, reason VARCHAR)');
  const appender = await appenderOf(connection, 'changes');
  for (const [row, quantity, reason] of changes) appender.append([BigInt(row), quantity, reason]);
  appender.close();
  await connection.run(`UPDATE staged SET quantity = changes.quantity, reason = changes.reason
    FROM changes WHERE staged.n = changes.n`);
}

/**
 * Lines of one order with the same item, price and type become one line with the sum of the quantities; where equal
 * rows are units, those of no order too, if all of them is equal.
 */
async function mergeNear({ connection }: Duck, units: boolean): Promise<void> {
  const day = units ? ', CASE WHEN order_id IS NULL THEN time END' : '';
  const same = `order_id, user_id, item, price, type, value, currency${day}`;
  const merged = units ? `type = 'purchase'` : 'order_id IS NOT NULL';
  await connection.run(`CREATE TEMP TABLE near AS SELECT n, total, copy FROM (
      SELECT n, sum(quantity) OVER same AS total, row_number() OVER (same ORDER BY n) AS copy, count(*) OVER same AS lines
      FROM staged WHERE reason IS NULL AND ${merged}
      WINDOW same AS (PARTITION BY ${same})) WHERE lines > 1`);
  await connection.run(`UPDATE staged SET quantity = CASE WHEN near.copy = 1 THEN near.total ELSE quantity END,
    reason = CASE WHEN near.copy = 1 THEN NULL ELSE 'near_duplicate' END
    FROM near WHERE staged.n = near.n`);
}

async function markOutliers({ connection }: Duck, has: (role: Role) => boolean): Promise<void> {
  if (has('quantity')) {
    await connection.run(`UPDATE staged SET reason = 'outlier_quantity' FROM (
        SELECT median(ln(quantity)) AS middle, 1.4826 * mad(ln(quantity)) AS sd FROM staged WHERE reason IS NULL)
      WHERE reason IS NULL AND NOT confirmed AND ln(quantity) - middle > greatest(${spread} * sd, ln(${quantityFactor}))`);
  }
  if (has('price')) {
    await connection.run(`UPDATE staged SET reason = 'outlier_price' FROM (
        SELECT item AS sku, money AS kind, median(ln(price)) AS middle, 1.4826 * mad(ln(price)) AS sd
        FROM staged WHERE reason IS NULL AND price > 0 GROUP BY item, money)
      WHERE reason IS NULL AND NOT confirmed AND price > 0 AND item = sku AND money IS NOT DISTINCT FROM kind
        AND abs(ln(price) - middle) > greatest(${spread} * sd, ln(${priceFactor}))`);
  }
}
