import { winsorise } from '../demand/clean.js';
import { sortedQuantile } from '../demand/order.js';
import { type DemandTable, seriesOf } from '../demand/table.js';
import { firstSale, ses, tsb } from './smoothing.js';

/** What the global model sees of an item at an origin: everything in units is divided by the item's own level. */
export const featureNames = [
  'horizon',
  'logLevel',
  ...[1, 2, 3, 4, 5].map((lag) => `lag${lag}`),
  ...[2, 4, 8, 13, 26].map((periods) => `mean${periods}`),
  'sesSlow',
  'sesFast',
  'tsb',
  'age',
  'silent',
  ...[4, 13, 26].map((periods) => `sold${periods}`),
  'orders1',
  'orders4',
  'orders13',
  'orderSize',
  'max13',
  'sd13',
  'median13',
  'quartile13',
  'price',
  'priceChange',
  'growth4',
  'growth2',
] as const;
export const featureCount = featureNames.length;

const slow = ses(0.1);
const middle = ses(0.25);
const fast = ses(0.5);
const dying = tsb(0.2, 0.2);
const window = 13;

/** Growth of the whole shop at each origin, of winsorised units: the last 4 and 2 periods over the last 13 and 8. */
export interface ShopGrowth {
  growth4: number;
  growth2: number;
}

export interface ItemView {
  /** Level that scales the item's features and target, units a period, above 0. */
  scale: number;
  /** Whether it had sold before the origin. */
  live: boolean;
}

/** Fills `out` (featureCount numbers; horizon is left to the caller) for row `row` at origin `end`. */
export function describeItem(
  table: DemandTable,
  row: number,
  end: number,
  growth: ShopGrowth,
  out: Float64Array,
): ItemView {
  const raw = seriesOf(table, row);
  const first = firstSale(raw, end);
  if (first >= end) return { scale: 1, live: false };
  const series = winsorise(raw, end);
  const mean = (periods: number): number => meanOf(series, end - periods, end);
  const scale = Math.max(0.05, (middle(series, end) + mean(window)) / 2);
  const orders = table.orders.subarray(row * table.periods, row * table.periods + end);
  const last = series.slice(Math.max(0, end - window)).sort();
  const ordersSeen = sumOf(orders, end - window, end);
  const price = table.price.subarray(row * table.periods, row * table.periods + end);
  const usual = meanPrice(price, end - 26, end);
  let at = 1;
  const put = (value: number): void => {
    out[at++] = value;
  };
  put(Math.log(scale));
  for (let lag = 1; lag <= 5; lag++) put(end >= lag ? Math.log1p(raw[end - lag]! / scale) : Number.NaN);
  for (const periods of [2, 4, 8, window, 26]) put(mean(periods) / scale);
  put(slow(series, end) / scale);
  put(fast(series, end) / scale);
  put(dying(series, end) / scale);
  put(end - first);
  put(silence(raw, end));
  for (const periods of [4, window, 26]) put(soldShare(raw, end - periods, end));
  put(Math.log1p(orders[end - 1]!));
  put(Math.log1p(meanOf(orders, end - 4, end)));
  put(Math.log1p(meanOf(orders, end - window, end)));
  put(Math.log1p(sumOf(raw, end - window, end) / Math.max(1, ordersSeen)));
  put(last[last.length - 1]! / scale);
  put(deviation(last) / scale);
  put(sortedQuantile(last, 0.5) / scale);
  put(sortedQuantile(last, 0.25) / scale);
  put(Math.log(usual));
  put(meanPrice(price, end - 3, end) / usual);
  put(growth.growth4);
  put(growth.growth2);
  return { scale, live: true };
}

/** Growth of the shop by origin, from each item's winsorised history up to that origin. */
export function shopGrowth(table: DemandTable, end: number): ShopGrowth {
  const totals = new Float64Array(end);
  for (let row = 0; row < table.ids.length; row++) {
    const series = winsorise(seriesOf(table, row), end);
    for (let at = Math.max(0, end - window); at < end; at++) totals[at]! += series[at]!;
  }
  const ratio = (short: number, long: number): number =>
    meanOf(totals, end - short, end) / Math.max(1e-9, meanOf(totals, end - long, end));
  return { growth4: ratio(4, window), growth2: ratio(2, 8) };
}

function sumOf(values: ArrayLike<number>, from: number, to: number): number {
  let sum = 0;
  for (let at = Math.max(0, from); at < to; at++) sum += values[at]!;
  return sum;
}

function meanOf(values: ArrayLike<number>, from: number, to: number): number {
  return sumOf(values, from, to) / Math.max(1, to - Math.max(0, from));
}

function soldShare(values: ArrayLike<number>, from: number, to: number): number {
  let sold = 0;
  for (let at = Math.max(0, from); at < to; at++) if (values[at]! > 0) sold++;
  return sold / Math.max(1, to - Math.max(0, from));
}

function silence(values: ArrayLike<number>, end: number): number {
  let at = end - 1;
  while (at >= 0 && !(values[at]! > 0)) at--;
  return end - 1 - at;
}

function deviation(values: ArrayLike<number>): number {
  const mean = meanOf(values, 0, values.length);
  let square = 0;
  for (let at = 0; at < values.length; at++) square += (values[at]! - mean) ** 2;
  return Math.sqrt(square / values.length);
}

function meanPrice(prices: ArrayLike<number>, from: number, to: number): number {
  let [sum, seen] = [0, 0];
  for (let at = Math.max(0, from); at < to; at++) {
    if (Number.isNaN(prices[at]!)) continue;
    sum += prices[at]!;
    seen++;
  }
  return seen > 0 ? sum / seen : Number.NaN;
}
