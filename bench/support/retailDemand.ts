import { DuckDBInstance } from '@duckdb/node-api';
import type { DemandTable } from '../../src/inventory/index.js';
import { retailFile } from './retail.js';

/** One line of an invoice; cancelled purchases are gone. */
interface Line {
  sku: string;
  week: number;
  units: number;
  price: number;
}

const start = Date.UTC(2010, 11, 6);
const weekMs = 7 * 86_400_000;
export const retailWeeks = 52;

/**
 * Online Retail by week as issue 19 says: exact duplicates once, prices above 0, SKUs `^\d{5}[A-Z]{0,2}$`; a cancellation
 * takes out the customer's last purchase of as many of the same SKU. Items sold before week `soldBefore`.
 */
export async function retailDemand(soldBefore: number): Promise<DemandTable> {
  const bySku = new Map<string, { units: Float64Array; revenue: Float64Array; orders: Float64Array }>();
  for (const { sku, week, units, price } of await retailLines()) {
    if (week < 0 || week >= retailWeeks) continue;
    let item = bySku.get(sku);
    if (!item) {
      const empty = (): Float64Array => new Float64Array(retailWeeks);
      item = { units: empty(), revenue: empty(), orders: empty() };
      bySku.set(sku, item);
    }
    item.units[week]! += units;
    item.revenue[week]! += units * price;
    item.orders[week]!++;
  }
  const kept = [...bySku].filter(([, { units }]) => units.subarray(0, soldBefore).some((sold) => sold > 0));
  const table: DemandTable = {
    ids: kept.map(([sku]) => sku),
    firstDay: start / 86_400_000,
    periodDays: 7,
    periods: retailWeeks,
    units: new Float64Array(kept.length * retailWeeks),
    price: new Float64Array(kept.length * retailWeeks),
    orders: new Float64Array(kept.length * retailWeeks),
  };
  kept.forEach(([, { units, revenue, orders }], row) => {
    table.units.set(units, row * retailWeeks);
    table.orders.set(orders, row * retailWeeks);
    table.price.set(
      revenue.map((money, week) => (units[week]! > 0 ? money / units[week]! : Number.NaN)),
      row * retailWeeks,
    );
  });
  return table;
}

/** The table as it stood at the start of week `end`; items that had not sold by then stay, with zeros. */
export function tableUntil(table: DemandTable, end: number): DemandTable {
  const cut = (values: Float64Array): Float64Array => values.filter((_, at) => at % table.periods < end);
  const { units, price, orders } = table;
  return { ...table, periods: end, units: cut(units), price: cut(price), orders: cut(orders) };
}

async function retailLines(): Promise<Line[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT InvoiceNo, StockCode, Quantity::DOUBLE, epoch_ms(InvoiceDate)::DOUBLE, UnitPrice, CustomerID
     FROM (SELECT *, row_number() OVER () AS n FROM '${retailFile}')
     WHERE regexp_full_match(StockCode, '[0-9]{5}[A-Z]{0,2}') ORDER BY InvoiceDate, n`,
  );
  const seen = new Set<string>();
  const lines: Line[] = [];
  const open = new Map<string, Line[]>();
  for (const row of reader.getRows() as [string, string, number, number, number, number | null][]) {
    const key = row.join('|');
    if (seen.has(key)) continue;
    seen.add(key);
    const [invoice, sku, quantity, time, price, customer] = row;
    const bought = open.get(`${customer}|${sku}`) ?? [];
    if (invoice.startsWith('C')) {
      const at = bought.findLastIndex(({ units }) => units === -quantity);
      if (at >= 0) bought.splice(at, 1)[0]!.units = 0;
    } else if (quantity > 0 && price > 0) {
      const line = { sku, week: Math.floor((time - start) / weekMs), units: quantity, price };
      lines.push(line);
      bought.push(line);
      open.set(`${customer}|${sku}`, bought);
    }
  }
  connection.closeSync();
  instance.closeSync();
  return lines.filter(({ units }) => units > 0);
}
