import { winsorise } from '../demand/clean.js';
import { type DemandTable, seriesOf } from '../demand/table.js';
import { fitMean, learningRows, predictGlobal } from '../forecast/global.js';
import { ses } from '../forecast/smoothing.js';
import { refuse } from '../refuse.js';
import { type MultipliedLevel, withMultiplier } from './replay.js';

/** What is known of each item at the start of a period. */
export interface Needs {
  /** Expected units a period. */
  rate: Float64Array;
  /** How far one period may stray; n of them √n times as far. */
  spread: Float64Array;
}

/** The rule at work in one shop: needs now, and what they would have been said to be in the last periods. */
export interface StockRule {
  now: Needs;
  past: readonly Needs[];
}

/** Units to fill up to: what `periods` are expected to sell, and the spread as many times as the shop's multiplier. */
export function fillUpTo({ rate, spread }: Needs, row: number, periods: number, multiplier: number): number {
  return periods * rate[row]! + multiplier * Math.sqrt(periods) * spread[row]!;
}

/** Trees learn from that many examples at most. */
const maxRows = 110_000;

/**
 * Needs at each period from the first of `fits` up to `to`, by trees of the mean over `span` periods, fitted anew at each
 * of `fits` on what was before; without `trees` by SES. The spread is that of Poisson arrivals of sales as large as the
 * item's: once by its winsorised periods, once by its purchases, which the largest orders move. Chosen among some 100
 * rules on weeks 14 to 25 of Online Retail, where it needed the least stock at fill rates of .90 and .95.
 */
export function needsOver(
  table: DemandTable,
  fits: readonly number[],
  to: number,
  span: number,
  trees = true,
): Needs[] {
  const found: Needs[] = [];
  for (const [at, from] of fits.entries()) {
    const model = trees ? fitMean(learningRows(table, from, { horizon: span, maxRows })) : undefined;
    for (let period = from; period < (fits[at + 1] ?? to); period++) {
      const said = model && predictGlobal([model], table, period, span);
      found.push({
        rate: said
          ? Float64Array.from(table.ids, (_, row) => said[row * span + span - 1]!)
          : Float64Array.from(table.ids, (_, row) => ses(0.2)(seriesOf(table, row), period)),
        spread: Float64Array.from(table.ids, (_, row) => spreadAt(table, row, period)),
      });
    }
  }
  return found;
}

function spreadAt(table: DemandTable, row: number, end: number): number {
  const series = seriesOf(table, row);
  const robust = winsorise(series, end);
  const orders = table.orders.subarray(row * table.periods, row * table.periods + end);
  return (
    Math.sqrt(ses(0.3)(robust, end) * perSale(robust, undefined, end)) +
    Math.sqrt(ses(0.2)(series, end) * perSale(series, orders, end))
  );
}

/** Units of a purchase, or of a period with sales where purchases are not given. */
export function perSale(
  series: ArrayLike<number>,
  orders: ArrayLike<number> | undefined,
  end: number,
): number {
  let [units, sales] = [0, 0];
  for (let at = 0; at < end; at++) {
    units += series[at]!;
    sales += orders ? orders[at]! : series[at]! > 0 ? 1 : 0;
  }
  return units / Math.max(1, sales);
}

/** Last periods that the multiplier is chosen on; periods between two fits of the trees; periods before the first. */
const past = { periods: 12, refit: 6, before: 8, beforeTrees: 14 };
/** In a shop of fewer items one wholesale order would set the multiplier alone. */
const fewItems = 30;
/**
 * Items that trees over all of them need: on weeks 14 to 25 of Online Retail, parts of 30 items drawn at random needed 5 %
 * more stock with trees than with SES, parts of 100 items 5 % less.
 */
const treeItems = 100;
/** A spread beyond this is a rare giant order, which no stock is kept for. */
const mostMultiplier = 10;

/** The rule for the end of a table; undefined where there is too little past to choose a multiplier on. */
export function learnStockRule(table: DemandTable, span: number): StockRule | undefined {
  const end = table.periods;
  const from = end - past.periods;
  if (from < past.before || table.ids.length === 0) return undefined;
  const trees = table.ids.length >= treeItems && from >= past.beforeTrees;
  return {
    past: needsOver(table, [from, from + past.refit], end, span, trees),
    now: needsOver(table, [end], end + 1, span, trees)[0]!,
  };
}

/** The multiplier that a shop orders by, and the share of demand by value that it would have met in the last periods. */
export interface ChosenMultiplier {
  multiplier: number;
  pastFill: number;
}

/** The least multiplier that in the last periods would have met `fill` of demand, by value, all items together. */
export function chooseMultiplier(
  table: DemandTable,
  base: StockRule,
  want: { fill: number; leadPeriods: number; reviewPeriods: number },
): ChosenMultiplier {
  refuse.notShare({ fill: want.fill });
  const to = table.periods;
  const from = to - base.past.length;
  const review = Math.max(1, Math.round(want.reviewPeriods));
  const lead = Math.min(base.past.length, Math.round(want.leadPeriods));
  const rule: MultipliedLevel = (multiplier) => (row, period) =>
    fillUpTo(base.past[period - from]!, row, lead + review, multiplier);
  const lived = table.ids.length < fewItems ? calm(table) : table;
  const { multiplier, fill } = withMultiplier(
    lived,
    rule,
    want.fill,
    { from, to, lead, review },
    mostMultiplier,
  );
  return { multiplier, pastFill: fill };
}

/** The same demand with a giant order counted as a very good week. */
function calm(table: DemandTable): DemandTable {
  const units = new Float64Array(table.units.length);
  table.ids.forEach((_, row) => {
    units.set(winsorise(seriesOf(table, row)), row * table.periods);
  });
  return { ...table, units };
}
