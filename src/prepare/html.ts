import { basename } from 'node:path';
import { barChart, columns, escapeHtml, histogram, htmlPage, htmlTable } from '../report/index.js';
import type { CleaningReport } from './report.js';

/** The cleaning report as a page: what came in, what became of it and why, and the columns before and after. */
export function reportHtml(report: CleaningReport): string {
  const { rowsIn, rowsKept, rowsMerged, rowsQuarantined } = report;
  const names = report.files.map((file) => basename(file)).join(', ');
  const intro = `<p>${count(rowsIn)} rows in = ${count(rowsKept)} kept + ${count(rowsMerged)} merged + ${count(rowsQuarantined)} quarantined, in ${report.seconds.toFixed(1)} s. Nothing is dropped without a word.</p>`;
  const why = barChart({
    title: 'Rows merged or quarantined, by reason',
    bars: report.reasons
      .map(({ reason, rows }) => ({ label: reason.replaceAll('_', ' '), value: rows }))
      .sort((a, b) => b.value - a.value),
    format: count,
  });
  const table = htmlTable(
    ['reason', 'what happens', 'column', 'rows', 'what it means, or what to do'],
    report.reasons.map(({ reason, kind, field, rows, remedy }) => [reason, kind, field, count(rows), remedy]),
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
    intro,
    facts(report),
    why,
    table,
    '<h2>Before and after</h2>',
    report.quantity ? histogram({ title: 'Quantity', ...report.quantity }) : '',
    report.price ? histogram({ title: 'Unit price', ...report.price }) : '',
    months,
    outliers.length > 0 ? `<h2>Outliers</h2><ul>${outliers.join('')}</ul>` : '',
    '<h2>Columns</h2>',
    ...report.notes.map((note) => `<p>${escapeHtml(note)}.</p>`),
    `<p>Type of an event where none is said: ${escapeHtml(report.defaultType)}.</p>`,
    read,
  ];
  return htmlPage({ title: `Import of ${names}`, body: body.filter(Boolean).join('\n') });
}

/** What became of the rows and what they hold, as figures with their shares. */
function facts(report: CleaningReport): string {
  const share = (rows: number): string => `${((100 * rows) / Math.max(1, report.rowsIn)).toFixed(1)} %`;
  const all = [
    ['kept', count(report.rowsKept), share(report.rowsKept)],
    ['merged', count(report.rowsMerged), share(report.rowsMerged)],
    ['quarantined', count(report.rowsQuarantined), share(report.rowsQuarantined)],
    ['events', count(report.events), `${report.from.slice(0, 10)} to ${report.to.slice(0, 10)}`],
    ['shoppers', count(report.shoppers), ''],
    ['items', count(report.items), ''],
  ] as const;
  const tiles = all.map(
    ([name, value, note]) => `<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  );
  return `<dl class="facts">${tiles.join('')}</dl>`;
}

const count = (value: number): string => value.toLocaleString('en');
