import type { Outlook } from '../desk.js';
import type { DemandForecast } from '../forecast/forecast.js';
import { type StockAdvice, totalQuantile } from '../stock/advice.js';
import type { ItemFault } from '../stock/itemStock.js';
import { dateOf } from './fanChart.js';

export interface Rows {
  head: string[];
  rows: string[][];
}

/** Items of the forecast: history's last weeks, the mean and the quantiles of the whole horizon. */
export function forecastRows({ forecast, table, titles }: Outlook, rows: readonly number[]): Rows {
  const { horizon, periodDays, mean } = forecast;
  const days = horizon * periodDays;
  const head = [
    'item',
    'title',
    'class',
    'method',
    'last 4 weeks',
    `mean ${horizon} weeks`,
    '10 %',
    'median',
    '90 %',
    '95 %',
  ];
  return {
    head,
    rows: rows.map((row) => {
      const id = forecast.ids[row]!;
      const last = table.units.subarray(
        Math.max(row * table.periods, (row + 1) * table.periods - 4),
        (row + 1) * table.periods,
      );
      const total = mean.subarray(row * horizon, (row + 1) * horizon).reduce((sum, units) => sum + units, 0);
      const quantiles = [0.1, 0.5, 0.9, 0.95].map((share) =>
        units(totalQuantile(forecast, row, days, share)),
      );
      return [
        id,
        titles.get(id) ?? '',
        forecast.class[row]!,
        forecast.method[row]!,
        units(last.reduce((sum, value) => sum + value, 0)),
        units(total),
        ...quantiles,
      ];
    }),
  };
}

/** Advice; below it the items that cannot be advised on, with what is wrong where the alert stands. */
export function adviceRows(advice: readonly StockAdvice[], faults: readonly ItemFault[] = []): Rows {
  const head = [
    'item',
    'title',
    'alert',
    'stock',
    'on order',
    'a week',
    'cover, weeks',
    'stock-out',
    'chance',
    'reorder point',
    'order',
    'value',
  ];
  const faulty = faults.map((fault) => [fault.item, '', `faulty: ${fault.field} ${fault.message}`]);
  const advised = advice.map((item) => [
    item.id,
    item.title ?? '',
    item.alert?.replaceAll('_', ' ') ?? '',
    units(item.stock),
    units(item.onOrder),
    units(item.weekly),
    Number.isFinite(item.coverWeeks) ? item.coverWeeks.toFixed(1) : '∞',
    item.stockOutDay === undefined ? '' : dateOf(item.stockOutDay),
    `${Math.round(100 * item.stockOutChance)} %`,
    units(item.reorderPoint),
    units(item.order),
    item.value === undefined ? '' : item.value.toFixed(2),
  ]);
  const rows = [...advised, ...faulty.map((row) => [...row, ...Array(head.length - row.length).fill('')])];
  return { head, rows };
}

/** Items that cannot be advised on, and what to do. */
export function faultRows(faults: readonly ItemFault[]): Rows {
  return {
    head: ['item', 'field', 'fault', 'remedy'],
    rows: faults.map(({ item, field, message, remedy }) => [item, field, message, remedy]),
  };
}

export function candidateRows({ candidates }: DemandForecast): Rows {
  const sorted = [...candidates].sort((a, b) =>
    a.class < b.class ? -1 : a.class > b.class ? 1 : a.loss - b.loss,
  );
  return {
    head: ['class', 'method', 'items', 'loss'],
    rows: sorted.map(({ class: kind, method, items, loss }) => [
      kind,
      method,
      String(items),
      loss.toFixed(4),
    ]),
  };
}

/** RFC 4180. A cell that a spreadsheet would take for a formula is quoted with an apostrophe before it. */
export function csv({ head, rows }: Rows): string {
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

function cell(value: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.,]+$)/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const units = (value: number): string =>
  Number.isInteger(value) || value >= 100 ? String(Math.round(value)) : value.toFixed(1);
