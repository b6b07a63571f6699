import { basename } from 'node:path';
import {
  barChart,
  columns,
  escapeHtml,
  histogram,
  htmlPage,
  htmlTable,
  type Language,
  said,
} from '../report/index.js';
import type { CleaningReport } from './report.js';
import { outlierIn, reasonIn, type Words, wordsIn } from './words.js';

/** The cleaning report as a page: what came in, what became of it and why, and the columns before and after. */
export function reportHtml(report: CleaningReport, language: Language = 'en'): string {
  const words = wordsIn[language];
  const { rowsIn, rowsKept, rowsMerged, rowsQuarantined, seconds } = report;
  const names = report.files.map((file) => basename(file)).join(', ');
  const intro = `<p>${said(words.intro, rowsIn, rowsKept, rowsMerged, rowsQuarantined, seconds.toFixed(1))}</p>`;
  const reasons = report.reasons.map((rule) => ({ ...rule, ...reasonIn(language, rule) }));
  const why = barChart({
    title: words.why,
    bars: reasons.map(({ name, rows }) => ({ label: name, value: rows })).sort((a, b) => b.value - a.value),
    format: count,
  });
  const table = htmlTable(
    words.reasonHead,
    reasons.map(({ reason, kind, field, rows, remedy }) => [reason, words[kind], field, count(rows), remedy]),
  );
  const read = htmlTable(
    words.roleHead,
    report.guessed.map(({ role, column, by }) => [role, column, by]),
  );
  const outliers = report.outlierRules.map(
    (rule) => `<li>${escapeHtml(`${rule.column}: ${outlierIn(language, rule)}`)}</li>`,
  );
  const { plot } = words;
  const months = columns({
    title: words.months,
    labels: report.months.map(({ month }) => month),
    before: report.months.map(({ before }) => before),
    after: report.months.map(({ after }) => after),
    words: plot,
  });
  const body = [
    intro,
    facts(report, words),
    ...(reasons.length > 0 ? [why, table] : []),
    `<h2>${words.beforeAfter}</h2>`,
    report.quantity ? histogram({ title: words.quantity, ...report.quantity, words: plot }) : '',
    report.price ? histogram({ title: words.price, ...report.price, words: plot }) : '',
    months,
    outliers.length > 0 ? `<h2>${words.outliers}</h2><ul>${outliers.join('')}</ul>` : '',
    `<h2>${words.columns}</h2>`,
    ...report.notes.map((note) => `<p>${escapeHtml(note)}.</p>`),
    `<p>${escapeHtml(said(words.defaultType, report.defaultType))}</p>`,
    read,
  ];
  return htmlPage({ title: said(words.title, names), body: body.filter(Boolean).join('\n'), language });
}

/** What became of the rows and what they hold, as figures with their shares. */
function facts(report: CleaningReport, words: Words): string {
  const share = (rows: number): string => `${((100 * rows) / Math.max(1, report.rowsIn)).toFixed(1)} %`;
  const all = [
    [words.kept, count(report.rowsKept), share(report.rowsKept)],
    [words.merged, count(report.rowsMerged), share(report.rowsMerged)],
    [words.quarantined, count(report.rowsQuarantined), share(report.rowsQuarantined)],
    [
      words.events,
      count(report.events),
      report.from === '' ? '' : said(words.span, report.from.slice(0, 10), report.to.slice(0, 10)),
    ],
    [words.shoppers, count(report.shoppers), ''],
    [words.items, count(report.items), ''],
  ] as const;
  const tiles = all.map(
    ([name, value, note]) => `<div><dt>${name}</dt><dd>${value}<small>${note}</small></dd></div>`,
  );
  return `<dl class="facts">${tiles.join('')}</dl>`;
}

const count = (value: number): string => value.toLocaleString('en');
