import {
  chooseMultiplier,
  type DemandTable,
  economicOrderQuantity,
  type FillUpTo,
  fillUpTo,
  learnStockRule,
  type MultipliedLevel,
  type Needs,
  needsOver,
  newsvendor,
  normal,
  perSale,
  poisson,
  reorderPointQuantity,
  reorderUpTo,
  replay,
  rollingMean,
  type StockRule,
  seriesOf,
  ses,
  type Window,
  wagnerWhitin,
  winsorise,
  withMultiplier,
} from '../src/inventory/index.js';
import { retailDemand, retailWeeks, tableUntil } from './support/retailDemand.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/** Weeks from an order to the arrival of the next one: lead time 2, review 1. */
const span = 3;
const over = (from: number, to: number): Window => ({ from, to, lead: 2, review: 1 });

/** Policies against the literature to four digits; then Online Retail, weeks 26 to 51, with one multiplier for all. */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const rows = conformance();
  if (smoke) return rows;
  const table = await retailDemand(40);
  const rules = localRules(table);
  // Trees are fitted anew every six weeks until the choice is made, and every eight after.
  const early = byNeeds(14, needsOver(table, [14, 20], 26, span));
  const needs = needsOver(table, refits, retailWeeks, span);
  const late = byNeeds(26, needs);
  const data = 'online-retail, weeks 26–51, lead 2 weeks, lost sales';
  const chosen = refits.map((end) => pastOf(table, end));
  for (const fill of [0.9, 0.95]) {
    const at = (rule: MultipliedLevel): number =>
      withMultiplier(table, rule, fill, over(26, retailWeeks)).stock / 1e6;
    const rolling = Math.min(at(rules.mean12), at(rules.mean12sd));
    const say = (metric: string, value: number, reference?: number): void => {
      rows.push({
        data,
        metric: `${metric} at fill ${fill}`,
        value,
        ...(reference === undefined ? {} : { reference, source: 'issue 19 (another replay)' }),
      });
    };
    say('average stock £M, mean of 12 weeks × k', at(rules.mean12), fill === 0.9 ? 1.1 : 2.27);
    say('average stock £M, mean of 12 weeks + k·sd', at(rules.mean12sd), fill === 0.9 ? 1.11 : 1.98);
    say('average stock £M, SES(.2) × k', at(rules.ses), fill === 0.9 ? 0.99 : 1.89);
    say(
      'average stock £M, winsorised SES(.3) + k·√(level · sale)',
      at(rules.winsorised),
      fill === 0.9 ? 0.92 : 1.73,
    );
    say('average stock £M, Endcap', at(late));
    const before = withMultiplier(table, early, fill, over(14, 26));
    say('multiplier chosen on weeks 14–25, Endcap', before.multiplier);
    rows.push({
      data,
      metric: `stock saved against the better rolling rule at fill ${fill}, %`,
      value: 100 * (1 - at(late) / rolling),
      reference: fill === 0.9 ? 14 : 11,
      source: 'issue 19: reach',
    });
    const reached = replay(table, late(before.multiplier), over(26, retailWeeks));
    say('fill rate reached with the multiplier chosen on weeks 14–25', reached.fill, fill);
    say('average stock £M with that multiplier', reached.stock / 1e6);
    const anew = chosen.map(({ before, base }) =>
      chooseMultiplier(before, base, { fill, leadPeriods: 2, reviewPeriods: 1 }),
    );
    const served = replay(
      table,
      (row, week) => {
        const part = refits.findLastIndex((refit) => refit <= week);
        return fillUpTo(needs[week - 26]!, row, span, anew[part]!.multiplier);
      },
      over(26, retailWeeks),
    );
    say(
      `fill rate reached as \`endcap reorder\` orders, multiplier chosen anew at weeks ${refits}`,
      served.fill,
      fill,
    );
    say('average stock £M of that', served.stock / 1e6);
  }
  return rows;
}

const refits = [26, 34, 42];

/** What a shop knows at the start of week `end`, and its rule from that. */
function pastOf(table: DemandTable, end: number): { before: DemandTable; base: StockRule } {
  const before = tableUntil(table, end);
  return { before, base: learnStockRule(before, span)! };
}

function byNeeds(from: number, needs: readonly Needs[]): MultipliedLevel {
  return (multiplier) => (row, week) => fillUpTo(needs[week - from]!, row, span, multiplier);
}

function conformance(): BenchRow[] {
  const data = 'conformance';
  const row = (metric: string, value: number, reference: number): BenchRow => ({
    data,
    metric,
    value,
    reference,
    source: 'Snyder & Shen; issue 19',
  });
  const eoq = economicOrderQuantity({ orderCost: 8, holding: 0.225, demand: 1300 });
  const news = newsvendor({ holding: 0.18, shortage: 0.7, demand: normal(50, 8) });
  const rq = reorderPointQuantity({
    holding: 20,
    shortage: 150,
    orderCost: 100,
    demandRate: 1.5,
    leadTimeDemand: poisson(3),
  });
  const sS = reorderUpTo({ holding: 1, shortage: 9, orderCost: 64, demand: poisson(10) });
  const lots = wagnerWhitin({ demand: [90, 120, 80, 70], orderCost: 500, holding: 2 });
  return [
    row('EOQ', eoq.quantity, 304.0468),
    row('EOQ cost', eoq.cost, 68.4105),
    row('newsvendor level', news.level, 56.604),
    row('newsvendor cost', news.cost, 1.9976),
    row('(r, Q): r', rq.reorderPoint, 3),
    row('(r, Q): Q', rq.quantity, 5),
    row('(r, Q) cost', rq.cost, 107.9236),
    row('(s, S): s', sS.reorderPoint, 6),
    row('(s, S): S', sS.orderUpTo, 40),
    row('(s, S) cost', sS.cost, 35.0216),
    row('Wagner–Whitin cost', lots.cost, 1380),
  ];
}

function localRules(table: DemandTable) {
  const series = (row: number): Float64Array => seriesOf(table, row);
  const kept = (level: FillUpTo): FillUpTo => {
    const known = new Float64Array(table.units.length).fill(Number.NaN);
    return (row, week) => {
      const at = row * table.periods + week;
      if (Number.isNaN(known[at]!)) known[at] = level(row, week);
      return known[at]!;
    };
  };
  const mean = kept((row, week) => rollingMean(12)(series(row), week));
  const plain = kept((row, week) => ses(0.2)(series(row), week));
  const robust = kept((row, week) => ses(0.3)(winsorise(series(row), week), week));
  const sd = kept((row, week) => deviation(series(row).subarray(week - 12, week)));
  const sale = kept((row, week) => perSale(series(row), table.orders.subarray(row * table.periods), week));
  return {
    mean12: (k: number) => (row: number, week: number) => k * span * mean(row, week),
    mean12sd: (k: number) => (row: number, week: number) =>
      span * mean(row, week) + k * Math.sqrt(span) * sd(row, week),
    ses: (k: number) => (row: number, week: number) => k * span * plain(row, week),
    winsorised: (k: number) => (row: number, week: number) =>
      span * robust(row, week) + k * Math.sqrt(span * robust(row, week) * sale(row, week)),
  };
}

function deviation(values: Float64Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
