import { barChart, columns, escapeHtml, histogram, htmlPage, htmlTable } from '../math/index.js';
import type { CleaningReport } from './report.js';

/** The cleaning report as a page: what came in, what became of it and why, and the columns before and after. */
export function reportHtml(report: CleaningReport): string {
  const number = (value: number): string => value.toLocaleString('en');
  const { rowsIn, rowsKept, rowsMerged, rowsQuarantined } = report;
  const sum = `<p>${number(rowsIn)} rows in = ${number(rowsKept)} kept + ${number(rowsMerged)} merged + ${number(rowsQuarantined)} quarantined. ${number(report.events)} events of ${number(report.shoppers)} shoppers and ${number(report.items)} items, ${report.from.slice(0, 10)} to ${report.to.slice(0, 10)}, in ${report.seconds.toFixed(1)} s.</p>`;
  const outcome = barChart({
    title: 'What became of the rows',
    bars: [
      { label: 'in', value: rowsIn },
      { label: 'kept', value: rowsKept },
      { label: 'merged', value: rowsMerged },
      { label: 'quarantined', value: rowsQuarantined },
    ],
    format: number,
  });
  const why = barChart({
    title: 'Rows merged or quarantined, by reason',
    bars: report.reasons.map(({ reason, rows }) => ({ label: reason.replaceAll('_', ' '), value: rows })),
    format: number,
  });
  const table = htmlTable(
    ['reason', 'what happens', 'column', 'rows', 'what to do'],
    report.reasons.map(({ reason, kind, field, rows, remedy }) => [
      reason,
      kind,
      field,
      number(rows),
      remedy,
    ]),
  );
  const read = htmlTable(
    ['role', 'column', 'known by'],
    report.guessed.map(({ role, column, by }) => [role, column, by]),
  );
  const outliers = report.outlierRules.map(
    ({ column, says }) => `<li>${escapeHtml(`${column}: ${says}`)}</li>`,
  );
  const months = columns({
    title: 'Rows by month',
    labels: report.months.map(({ month }) => month),
    before: report.months.map(({ before }) => before),
    after: report.months.map(({ after }) => after),
  });
  const body = [
    sum,
    outcome,
    why,
    table,
    '<h2>Columns</h2>',
    ...report.notes.map((note) => `<p>${escapeHtml(note)}.</p>`),
    read,
    `<p>Type of an event where none is said: ${escapeHtml(report.defaultType)}.</p>`,
    report.quantity ? histogram({ title: 'Quantity', ...report.quantity }) : '',
    report.price ? histogram({ title: 'Unit price', ...report.price }) : '',
    months,
    outliers.length > 0 ? `<h2>Outliers</h2><ul>${outliers.join('')}</ul>` : '',
  ];
  return htmlPage({ title: `Import of ${report.files.join(', ')}`, body: body.filter(Boolean).join('\n') });
}
