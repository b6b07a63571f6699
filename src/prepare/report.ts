import type { DuckDBConnection } from '@duckdb/node-api';
import { defaultEventTable, EndcapError, eventWeight, meaningOf } from '../core/index.js';
import { textTable } from '../report/index.js';
import { rows } from './duck.js';
import type { Guess } from './mapping.js';
import { outlierRules, rules } from './rules.js';
import { hasRole } from './settled.js';

/** Counts by equal steps of the logarithm: `edges[i] … edges[i+1]` holds `counts[i]`. */
export interface Histogram {
  edges: number[];
  before: number[];
  after: number[];
}

/** What cleaning did with every row. rowsIn = rowsKept + rowsMerged + rowsQuarantined, always. */
export interface CleaningReport {
  files: string[];
  /** What was guessed of the files themselves, such as an encoding. */
  notes: string[];
  guessed: { role: string; column: string; by: string }[];
  defaultType: string;
  /** Types of the kept rows: what they mean and weigh, and what the file calls them. Unknown ones weigh 0. */
  types: { type: string; meaning: string | null; weight: number; rows: number; names: string[] }[];
  /** What looks odd but was kept, and how to leave it out. */
  suggestions: { rule: string; rows: number; examples: string[]; remedy: string }[];
  /** The first rejected rows, with their reasons. */
  firstRejected: { file: string; row: number; reason: string; text: string }[];
  rowsIn: number;
  rowsKept: number;
  rowsMerged: number;
  rowsQuarantined: number;
  reasons: { reason: string; kind: 'merged' | 'quarantined'; field: string; rows: number; remedy: string }[];
  outlierRules: readonly { reason: string; column: string; says: string }[];
  events: number;
  shoppers: number;
  items: number;
  from: string;
  to: string;
  quantity?: Histogram;
  price?: Histogram;
  months: { month: string; before: number; after: number }[];
  seconds: number;
}

export async function measure(
  connection: DuckDBConnection,
  context: {
    files: string[];
    notes: string[];
    guesses: readonly Guess[];
    defaultType: string;
    suggestions: CleaningReport['suggestions'];
  },
): Promise<Omit<CleaningReport, 'events' | 'seconds'>> {
  const [malformed] = await rows(connection, 'SELECT count(*) AS n FROM malformed');
  const counted = await rows(
    connection,
    `SELECT coalesce(reason, 'kept') AS reason, count(*) AS n FROM staged GROUP BY ALL`,
  );
  const counts = new Map(counted.map((row) => [String(row.reason), Number(row.n)]));
  counts.set('malformed', Number(malformed?.n ?? 0));
  const reasons = rules
    .map((rule) => ({ ...rule, rows: counts.get(rule.reason) ?? 0 }))
    .filter((rule) => rule.rows > 0);
  const sum = (kind: string): number =>
    reasons.reduce((total, rule) => total + (rule.kind === kind ? rule.rows : 0), 0);
  const [raw] = await rows(connection, 'SELECT count(*) AS n FROM raw');
  const [facts] = await rows(
    connection,
    `SELECT count(DISTINCT user_id) AS shoppers, count(DISTINCT item) AS items, min(time) AS first, max(time) AS last
     FROM staged WHERE reason IS NULL`,
  );
  const report = {
    files: context.files,
    notes: context.notes,
    guessed: context.guesses.map(({ role, columns, by }) => ({ role, column: columns.join(' or '), by })),
    defaultType: context.defaultType,
    types: await typesOf(connection),
    suggestions: context.suggestions,
    firstRejected: await firstRejected(connection),
    rowsIn: Number(raw?.n ?? 0) + (counts.get('malformed') ?? 0),
    rowsKept: counts.get('kept') ?? 0,
    rowsMerged: sum('merged'),
    rowsQuarantined: sum('quarantined'),
    reasons,
    outlierRules: outlierRules.filter(({ column }) => hasRole(context, column)),
    shoppers: Number(facts?.shoppers ?? 0),
    items: Number(facts?.items ?? 0),
    from: isoOf(facts?.first),
    to: isoOf(facts?.last),
    ...(await histograms(connection, context.guesses)),
    months: await months(connection),
  };
  assertAccounted(report);
  return report;
}

/** The promise of the room: nothing is silently dropped. */
export function assertAccounted(report: {
  rowsIn: number;
  rowsKept: number;
  rowsMerged: number;
  rowsQuarantined: number;
}): void {
  const out = report.rowsKept + report.rowsMerged + report.rowsQuarantined;
  if (out !== report.rowsIn) {
    throw new EndcapError(
      'rows_unaccounted',
      `${report.rowsIn} rows came in but ${out} are accounted for`,
      {},
    );
  }
}

/** What the kept rows are called, and what that means. */
async function typesOf(connection: DuckDBConnection): Promise<CleaningReport['types']> {
  const found = await rows(
    connection,
    `SELECT type, sum(n) AS n, list(raw_type ORDER BY raw_type)[:5] AS names
     FROM (SELECT type, raw_type, count(*) AS n FROM staged WHERE reason IS NULL GROUP BY ALL)
     GROUP BY type ORDER BY n DESC, type`,
  );
  return found.map(({ type, n, names }) => ({
    type: String(type),
    meaning: meaningOf(String(type)) ?? null,
    weight: eventWeight(defaultEventTable, String(type)),
    rows: Number(n),
    names: (names as unknown[]).filter((name) => name !== null).map(String),
  }));
}

const shownRejected = 5;

async function firstRejected(connection: DuckDBConnection): Promise<CleaningReport['firstRejected']> {
  const kinds = rules.filter(({ kind }) => kind === 'quarantined').map(({ reason }) => `'${reason}'`);
  const found = await rows(
    connection,
    `SELECT file, row, reason, text FROM (
       SELECT file, row, reason, concat_ws(', ', user_id, item, raw_time, raw_type) AS text FROM staged WHERE reason IN (${kinds.join(', ')})
       UNION ALL SELECT file, row, 'malformed', line[:200] FROM malformed)
     ORDER BY file, row LIMIT ${shownRejected}`,
  );
  return found.map(({ file, row, reason, text }) => ({
    file: String(file),
    row: Number(row),
    reason: String(reason),
    text: String(text ?? ''),
  }));
}

async function histograms(
  connection: DuckDBConnection,
  guesses: readonly Guess[],
): Promise<{ quantity?: Histogram; price?: Histogram }> {
  const result: { quantity?: Histogram; price?: Histogram } = {};
  for (const role of ['quantity', 'price'] as const) {
    if (hasRole({ guesses }, role)) result[role] = await histogram(connection, role);
  }
  return result;
}

/** Two steps a decade, from 0.001 to 1,000,000; before = all positive numbers as they were read. */
async function histogram(connection: DuckDBConnection, column: 'quantity' | 'price'): Promise<Histogram> {
  const edges = Array.from({ length: 19 }, (_, step) => 10 ** (step / 2 - 3));
  const bins = async (value: string, from: string): Promise<number[]> => {
    const found = await rows(
      connection,
      `SELECT least(17, greatest(0, floor(2 * (log10(v) + 3)))) AS bin, count(*) AS n FROM (SELECT ${value} AS v FROM ${from}) WHERE v > 0 GROUP BY bin`,
    );
    const counts = new Array<number>(18).fill(0);
    for (const row of found) counts[Number(row.bin)] = Number(row.n);
    return counts;
  };
  const before = await bins(`abs(read_${column})`, 'staged');
  const after = await bins(column, 'staged WHERE reason IS NULL');
  return { edges, before, after };
}

async function months(connection: DuckDBConnection): Promise<CleaningReport['months']> {
  const found = await rows(
    connection,
    `SELECT strftime(make_timestamp(time * 1000), '%Y-%m') AS month, count(*) AS before, count(*) FILTER (reason IS NULL) AS after
     FROM staged WHERE time BETWEEN 0 AND 4102444800000 GROUP BY month ORDER BY month`,
  );
  const all = found.map((row) => ({
    month: String(row.month),
    before: Number(row.before),
    after: Number(row.after),
  }));
  return all.slice(-36);
}

function isoOf(ms: unknown): string {
  return ms === null || ms === undefined ? '' : new Date(Number(ms)).toISOString();
}

/** The report for a terminal. */
export function formatReport(report: CleaningReport): string {
  const number = (value: number): string => value.toLocaleString('en');
  const share = (value: number): string => `${((100 * value) / Math.max(1, report.rowsIn)).toFixed(1)} %`;
  const table = textTable({
    head: ['', 'rows', 'share', 'what it means'],
    colAligns: ['left', 'right', 'right', 'left'],
  });
  const add = (label: string, count: number, note: string): void => {
    table.push([label, number(count), share(count), note]);
  };
  add('rows in', report.rowsIn, report.files.join(', '));
  for (const { reason, kind, rows: count, remedy } of report.reasons)
    add(`${kind}: ${reason}`, count, remedy);
  add(
    'rows kept',
    report.rowsKept,
    `${number(report.events)} events, ${number(report.shoppers)} shoppers, ${number(report.items)} items`,
  );
  const guessed = report.guessed.map(
    ({ role, column, by }) => `${role} = ${column}${by === 'header' ? ' (guessed)' : ''}`,
  );
  return [
    ...report.notes,
    `Columns: ${guessed.join(', ')}; type = ${report.defaultType} where none is said`,
    ...typeLines(report),
    ...report.suggestions.map(
      ({ rule, rows: count, examples, remedy }) =>
        `${number(count)} rows with ${rule}, such as ${examples.join(', ')}. ${remedy}`,
    ),
    ...report.outlierRules.map(({ column, says }) => `Outliers of ${column}: ${says}`),
    table.toString(),
    `${number(report.rowsIn)} in = ${number(report.rowsKept)} kept + ${number(report.rowsMerged)} merged + ${number(report.rowsQuarantined)} quarantined;${report.from === '' ? '' : ` ${report.from.slice(0, 10)} to ${report.to.slice(0, 10)};`} ${report.seconds.toFixed(1)} s`,
  ].join('\n');
}

/** Says what the types mean where the file has its own; unknown ones are named. */
function typeLines({ types }: CleaningReport): string[] {
  if (types.every(({ names }) => names.length === 0)) return [];
  const said = types.map(
    ({ type, weight, rows: count, names }) =>
      `${type} ${weight > 0 ? '+' : ''}${weight} (${count.toLocaleString('en')} rows${names.some((name) => name !== type) ? `: ${names.join(', ')}` : ''})`,
  );
  const unknown = types.filter(({ meaning }) => meaning === null).map(({ type }) => type);
  return [
    `Types and weights: ${said.join('; ')}`,
    ...(unknown.length > 0
      ? [
          `Unknown types, which weigh 0: ${unknown.join(', ')}; say what they are under "types" in a mapping file`,
        ]
      : []),
  ];
}
