import { htmlPage, htmlTable, type Language, said } from '../../report/index.js';
import { seriesOf } from '../demand/table.js';
import type { Advised, Outlook } from '../desk.js';
import { levels, quantileAt } from '../forecast/quantiles.js';
import { type StockAdvice, totalQuantile } from '../stock/advice.js';
import { dateOf, type FanPoint, fanChart, fanKey } from './fanChart.js';
import { adviceRows, candidateRows, faultRows, forecastRows, type Rows } from './tables.js';
import { cellIn, headIn, wordsIn } from './words.js';

/** Periods of history drawn, and items drawn of each page; the tables name more. */
const drawn = { periods: 26, items: 12, rows: 200 };

/** What will sell: the shop, then the items that sell most, with the day on which stock is gone where it is known. */
export function forecastPage(
  outlook: Outlook,
  advice: readonly StockAdvice[] = [],
  language: Language = 'en',
): string {
  const words = wordsIn[language];
  const { forecast, table } = outlook;
  const rows = bySales(outlook);
  const stocks = new Map(advice.map((item) => [item.id, item]));
  const charts = rows
    .slice(0, drawn.items)
    .map((row) => demandChart(outlook, row, stocks.get(forecast.ids[row]!), language));
  const items = forecastRows(outlook, rows.slice(0, drawn.rows));
  const tested = candidateRows(forecast);
  const body = [
    `<p>${said(words.about, table.ids.length.toLocaleString('en'), table.periods, dateOf(forecast.firstDay - 1))}</p>`,
    fanKey(words, words.stockOut),
    shopChart(outlook, language),
    `<h2>${words.sellMost}</h2>`,
    ...charts,
    `<h2>${said(words.next, forecast.horizon)}</h2>`,
    tableIn(language, items),
    ...(tested.rows.length > 0
      ? [`<h2>${words.tried}</h2>`, `<p>${words.loss}</p>`, tableIn(language, tested)]
      : []),
  ];
  return htmlPage({ title: words.whatSells, body: body.join('\n'), language });
}

/** What to order: a table, and for the most urgent items how the stock will fall, with the reorder point. */
export function reorderPage(
  outlook: Outlook,
  { items: advice, faults, rule }: Advised,
  language: Language = 'en',
): string {
  const words = wordsIn[language];
  const row = new Map(outlook.forecast.ids.map((id, at) => [id, at]));
  const due = advice.filter(({ order }) => order > 0);
  const charts = due
    .filter(({ id, stock }) => row.has(id) && stock > 0)
    .slice(0, drawn.items)
    .map((item) => stockChart(outlook, row.get(item.id)!, item, language));
  const listed = adviceRows(advice.slice(0, drawn.rows));
  const value = due.reduce((sum, { value = 0 }) => sum + value, 0);
  const count = (alert: string): string => String(advice.filter((item) => item.alert === alert).length);
  const facts = [
    [words.toOrder, due.length.toLocaleString('en')],
    [words.value, Math.round(value).toLocaleString('en')],
    [words.out_of_stock, count('out_of_stock')],
    [words.stock_out, count('stock_out')],
    [words.overstock, count('overstock')],
    [words.dead_stock, count('dead_stock')],
  ];
  const body = [
    `<dl class="facts">${facts.map(([name, figure]) => `<div><dt>${name}</dt><dd>${figure}</dd></div>`).join('')}</dl>`,
    ...(rule ? [`<p>${said(words.rule, percent(rule.fill), percent(rule.pastFill))}</p>`] : []),
    ...(faults.length > 0
      ? [
          `<h2>${said(words.faulty, faults.length)}</h2>`,
          tableIn(language, faultRows(faults.slice(0, drawn.rows))),
        ]
      : []),
    fanKey(words, `${words.reorderPoint}, ${words.stockOut}`),
    ...charts,
    `<h2>${advice.length > drawn.rows ? said(words.someOf, words.advice, drawn.rows, advice.length.toLocaleString('en')) : words.advice}</h2>`,
    tableIn(language, listed),
  ];
  return htmlPage({ title: words.whatToOrder, body: body.join('\n'), language });
}

const percent = (share: number): string => (100 * share).toFixed(1);

function tableIn(language: Language, { head, rows }: Rows): string {
  return htmlTable(
    head.map((name) => headIn(language, name)),
    rows.map((row) => row.map((cell) => cellIn(language, cell))),
  );
}

/** Rows of items, those first of which most will sell. */
export function bySales({ forecast }: Outlook): number[] {
  const { horizon, mean } = forecast;
  const units = forecast.ids.map((_, row) =>
    mean.subarray(row * horizon, (row + 1) * horizon).reduce((a, b) => a + b, 0),
  );
  return units.map((_, row) => row).sort((a, b) => units[b]! - units[a]!);
}

function demandChart(
  outlook: Outlook,
  row: number,
  stock: StockAdvice | undefined,
  language: Language,
): string {
  const { forecast } = outlook;
  const words = wordsIn[language];
  const id = forecast.ids[row]!;
  const title = outlook.titles.get(id);
  const name = title ? `${title} (${id})` : id;
  return fanChart({
    title: name,
    words,
    unit: [
      words.unitsAWeek,
      cellIn(language, forecast.class[row]!),
      cellIn(language, forecast.method[row]!),
    ].join(language === 'zh' ? '，' : ', '),
    actual: history(outlook, seriesOf(outlook.table, row)),
    fan: fanOf(outlook, (ahead, share) =>
      quantileAt(forecast.quantiles, (row * forecast.horizon + ahead) * levels.length, share),
    ),
    marks:
      stock?.stockOutDay === undefined
        ? []
        : [{ day: stock.stockOutDay, label: said(words.lasts, stock.stock) }],
  });
}

function shopChart(outlook: Outlook, language: Language): string {
  const words = wordsIn[language];
  const { forecast, table } = outlook;
  const all = new Float64Array(table.periods);
  table.ids.forEach((_, row) => {
    seriesOf(table, row).forEach((units, at) => {
      all[at]! += units;
    });
  });
  const spread = relativeError(all);
  const { mean, changePoints } = forecast.total;
  return fanChart({
    title: words.shop,
    words,
    unit: words.unitsAWeek,
    actual: history(outlook, all),
    fan: fanOf(outlook, (ahead, share) => mean[ahead]! * (1 + spread * normal[share]!)),
    marks: changePoints
      .filter((at) => at >= table.periods - drawn.periods)
      .slice(-1)
      .map((at) => ({ day: table.firstDay + at * table.periodDays, label: words.levelChanged })),
  });
}

const normal: Readonly<Record<number, number>> = {
  0.05: -1.645,
  0.25: -0.674,
  0.5: 0,
  0.75: 0.674,
  0.95: 1.645,
};

/** How far a week is from the mean of the four before it, in shares of that. */
function relativeError(series: Float64Array): number {
  let [sum, count] = [0, 0];
  for (let at = 4; at < series.length; at++) {
    const before = series.subarray(at - 4, at).reduce((a, b) => a + b, 0) / 4;
    if (before <= 0) continue;
    sum += ((series[at]! - before) / before) ** 2;
    count++;
  }
  return count > 0 ? Math.sqrt(sum / count) : 0;
}

function stockChart(outlook: Outlook, row: number, item: StockAdvice, language: Language): string {
  const words = wordsIn[language];
  const { forecast } = outlook;
  const left = (days: number, share: number): number =>
    Math.max(0, item.stock - (days === 0 ? 0 : totalQuantile(forecast, row, days, share)));
  const most = forecast.horizon * forecast.periodDays;
  // Day by day, as the stock-out is counted; what is gone for certain is not drawn for weeks on end.
  let last = Math.min(most, 2 * forecast.periodDays);
  while (last < most && left(last, 0.05) > 0) last++;
  const days = Array.from({ length: last + 1 }, (_, at) => at);
  return fanChart({
    title: said(words.orderUnits, `${item.title ?? item.id}${item.title ? ` (${item.id})` : ''}`, item.order),
    words,
    unit: said(words.ifNothing, item.onOrder),
    actual: [{ day: forecast.firstDay, value: item.stock }],
    fan: days.map((at) => ({
      day: forecast.firstDay + at,
      low90: left(at, 0.95),
      low50: left(at, 0.75),
      median: left(at, 0.5),
      high50: left(at, 0.25),
      high90: left(at, 0.05),
    })),
    level: {
      value: item.reorderPoint,
      label: `${words.reorderPoint} ${item.reorderPoint.toLocaleString('en')}`,
    },
    marks: item.stockOutDay === undefined ? [] : [{ day: item.stockOutDay, label: words.stockOut }],
  });
}

/** A period stands at its last day. */
function history({ table }: Outlook, series: Float64Array): { day: number; value: number }[] {
  const from = Math.max(0, table.periods - drawn.periods);
  return Array.from({ length: table.periods - from }, (_, at) => ({
    day: table.firstDay + (from + at + 1) * table.periodDays - 1,
    value: series[from + at]!,
  }));
}

function fanOf({ forecast }: Outlook, quantile: (ahead: number, share: number) => number): FanPoint[] {
  return Array.from({ length: forecast.horizon }, (_, ahead) => ({
    day: forecast.firstDay + (ahead + 1) * forecast.periodDays - 1,
    low90: quantile(ahead, 0.05),
    low50: quantile(ahead, 0.25),
    median: quantile(ahead, 0.5),
    high50: quantile(ahead, 0.75),
    high90: quantile(ahead, 0.95),
  }));
}
