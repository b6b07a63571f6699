import { winsorise } from '../demand/clean.js';
import { sortedQuantile } from '../demand/order.js';
import { type DemandTable, seriesOf } from '../demand/table.js';
import type { Classical } from './augurs.js';
import { levels } from './quantiles.js';
import { croston, firstSale, type Level, sba, ses, tsb } from './smoothing.js';

/** A method that looks at one series alone and says the level of the periods after it. */
export interface LocalMethod {
  name: string;
  level: Level;
}

/** The candidates; ETS is added where augurs is at hand, for series that sell in most periods. */
export function localMethods(classical?: Classical): LocalMethod[] {
  const methods: LocalMethod[] = [
    { name: 'SES(.2)', level: ses(0.2) },
    { name: 'SES(.3) winsorised', level: (series, end) => ses(0.3)(winsorise(series, end), end) },
    { name: 'Croston', level: croston(0.1) },
    { name: 'SBA', level: sba(0.1) },
    { name: 'TSB', level: tsb(0.1, 0.1) },
  ];
  if (classical) methods.push({ name: 'ETS', level: etsLevel(classical) });
  return methods;
}

/** Mean of the next four periods by AutoETS on the winsorised series; SES where nothing fits or too little sells. */
function etsLevel(classical: Classical): Level {
  const otherwise = ses(0.3);
  return (series, end) => {
    const values = winsorise(series, end).subarray(firstSale(series, end));
    const sold = values.reduce((count, units) => count + (units > 0 ? 1 : 0), 0);
    const fan = values.length >= 12 && 2 * sold > values.length ? classical.ets(values, 4, 0.8) : undefined;
    if (!fan) return otherwise(values, values.length);
    return Math.max(0, fan.point.reduce((sum, units) => sum + units, 0) / fan.point.length);
  };
}

/**
 * How far demand strays from a level, for items alike: quantiles of (units − level) / √(level · size), `size` being the
 * mean of what a period with sales sells. Poisson arrivals of orders of that size would have this spread by 1.
 */
export type Spread = Float64Array;

export function spreadOf(errors: Float64Array): Spread {
  const sorted = errors.slice().sort();
  return Float64Array.from(levels, (level) => (sorted.length > 0 ? sortedQuantile(sorted, level) : 0));
}

export function putQuantiles(
  level: number,
  size: number,
  spread: Spread,
  out: Float64Array,
  at: number,
): void {
  const unit = Math.sqrt(Math.max(level, 1e-9) * Math.max(size, 1e-9));
  for (let q = 0; q < levels.length; q++) out[at + q] = Math.max(0, level + spread[q]! * unit);
}

/** Mean units of a period in which the item sold, winsorised; 1 where it never did. */
export function saleSize(table: DemandTable, row: number, end: number): number {
  const series = winsorise(seriesOf(table, row), end);
  let [sum, sold] = [0, 0];
  for (const units of series) {
    if (!(units > 0)) continue;
    sum += units;
    sold++;
  }
  return sold > 0 ? sum / sold : 1;
}
