import type { DuckDBConnection } from '@duckdb/node-api';
import { EndcapError } from '../core/index.js';
import { textTable } from '../report/index.js';
import type { Guess } from './mapping.js';
import { rows } from './read.js';
import { outlierRules, rules } from './rules.js';

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
  context: { files: string[]; notes: string[]; guesses: readonly Guess[]; defaultType: string },
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
    guessed: context.guesses.map(({ role, column, by }) => ({ role, column, by })),
    defaultType: context.defaultType,
    rowsIn: Number(raw?.n ?? 0) + (counts.get('malformed') ?? 0),
    rowsKept: counts.get('kept') ?? 0,
    rowsMerged: sum('merged'),
    rowsQuarantined: sum('quarantined'),
    reasons,
    outlierRules,
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

async function histograms(
  connection: DuckDBConnection,
  guesses: readonly Guess[],
): Promise<{ quantity?: Histogram; price?: Histogram }> {
  const result: { quantity?: Histogram; price?: Histogram } = {};
  for (const column of ['quantity', 'price'] as const) {
    const guess = guesses.find(({ role }) => role === column);
    if (guess) result[column] = await histogram(connection, column, guess.column);
  }
  return result;
}

/** Two steps a decade, from 0.001 to 1,000,000; before = every raw positive number. */
async function histogram(
  connection: DuckDBConnection,
  column: string,
  rawColumn: string,
): Promise<Histogram> {
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
  const before = await bins(`abs(TRY_CAST("${rawColumn.replaceAll('"', '""')}" AS DOUBLE))`, 'raw');
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
    ...report.outlierRules.map(({ column, says }) => `Outliers of ${column}: ${says}`),
    table.toString(),
    `${number(report.rowsIn)} in = ${number(report.rowsKept)} kept + ${number(report.rowsMerged)} merged + ${number(report.rowsQuarantined)} quarantined; ${report.from.slice(0, 10)} to ${report.to.slice(0, 10)}; ${report.seconds.toFixed(1)} s`,
  ].join('\n');
}
