import { type Duck, quoteText } from './duck.js';
import type { Raw } from './raw.js';
import { rules } from './rules.js';

/** One rejected row a line: where it was, why, what to do, and the raw row to correct and import again. */
export async function writeQuarantine({ connection }: Duck, path: string, raw: Raw): Promise<void> {
  const data = raw.columns.map((column) => `${quoteText(column)}, raw.${raw.name(column)}`).join(', ');
  const empty = raw.columns.map((column) => `, ${quoteText(column)}, NULL`).join('');
  const set = rules
    .filter(({ kind }) => kind === 'quarantined')
    .map(({ reason, field, remedy }) => `(${quoteText(reason)}, ${quoteText(field)}, ${quoteText(remedy)})`);
  await connection.run(`COPY (
    SELECT file, row, reason, field, remedy, data FROM (
      SELECT staged.file, staged.row, staged.reason, coalesce(CASE WHEN staged.reason = 'invalid_number' THEN bad_number END, rule.field) AS field,
        rule.remedy, json_object(${data}) AS data
      FROM staged JOIN raw ON raw.rowid = staged.n
      JOIN (VALUES ${set.join(', ')}) AS rule(reason, field, remedy) ON rule.reason = staged.reason
      UNION ALL
      SELECT file, row, 'malformed', 'row', problem || ': fill in data from _line', json_object('_line', line${empty}) FROM malformed)
    ORDER BY file, row) TO ${quoteText(path)} (FORMAT json)`);
}
