import { type Progress, silent } from '../../core/index.js';
import { classify, type DemandClass } from '../demand/classify.js';
import { type DemandTable, seriesOf } from '../demand/table.js';
import { learnStockRule, type StockRule } from '../stock/stockRule.js';
import { classicalModels } from './augurs.js';
import {
  backtest,
  type Candidate,
  chosen,
  listOf,
  localQuantiles,
  spreadsOf,
  treesName,
} from './backtest.js';
import { fitGlobal, fitMean, learningRows, predictGlobal, type Target } from './global.js';
import { localMethods } from './local.js';
import { inOrder, levels, quantileAt } from './quantiles.js';
import { reconcile } from './reconcile.js';
import { ses } from './smoothing.js';

export interface ForecastOptions {
  /** Periods ahead; default 8. */
  horizon?: number;
  /** Name of each item's group (category), in the order of the table; those without one are a group together. */
  groups?: readonly (string | undefined)[];
  /** Periods that stock has to last for, lead time and review; given, the rule that orders is learned as well. */
  stockPeriods?: number;
  progress?: Progress;
}

/** What will sell. Arrays are by item, then period ahead, then quantile of `levels`. */
export interface DemandForecast {
  ids: readonly string[];
  /** First day of the first period forecast (days since 1970). */
  firstDay: number;
  periodDays: number;
  horizon: number;
  class: DemandClass[];
  method: string[];
  /** Units of each period. */
  quantiles: Float32Array;
  /** Units of the first ahead + 1 periods together: what stock has to last for. */
  totals: Float32Array;
  /** Expected units of each period; items, groups and total agree. */
  mean: Float64Array;
  groups: { name: string; mean: Float64Array }[];
  /** Group of each item. */
  group: Int32Array;
  total: { mean: Float64Array; changePoints: number[] };
  /** What was tried at the last origin, and what it lost. */
  candidates: Candidate[];
  /** The rule that fills the shelves; undefined where none was asked for or the past is too short. */
  stock?: StockRule;
}

/** Steps that progress is told in. */
const steps = { methods: 0, items: 2, trees: 3, reconcile: 3 + 2 * levels.length + 1 };
const stockStep = steps.reconcile + 1;
const allSteps = stockStep + 5;

/** A global model needs that many items and periods to be better than its items' own. */
const enough = { items: 30, periods: 20 };

/**
 * Forecasts every item: by class of demand the method that would have done best on the last periods, among smoothing
 * methods, ETS and trees over all items. A shop with fewer periods than 12 gets the winsorised SES. Sums are reconciled.
 */
export async function forecastDemand(
  table: DemandTable,
  options: ForecastOptions = {},
): Promise<DemandForecast> {
  const { horizon = 8, progress = silent } = options;
  const say = (done: number, note: string): void =>
    progress({ phase: 'forecasting', done, total: allSteps, note });
  const methods = localMethods(await classicalModels());
  const withTrees = table.ids.length >= enough.items && table.periods >= enough.periods;
  const tested = Math.min(4, Math.floor(table.periods / 3));
  say(steps.methods, 'trying methods on the last periods');
  const candidates = tested >= 4 ? backtest(table, methods, tested, withTrees) : [];
  const best = chosen(candidates);
  say(steps.items, 'forecasting items');
  const forecast = byClass(table, methods, best, horizon);
  if ([...best.values()].includes(treesName)) await treesInto(forecast, table, best, say);
  say(steps.reconcile, 'reconciling sums');
  putInOrder(forecast, horizon);
  const sums = await agree(forecast, table, options.groups ?? []);
  say(stockStep, 'replaying stock over the last weeks');
  const { stockPeriods } = options;
  const stock = stockPeriods === undefined ? undefined : learnStockRule(table, stockPeriods);
  say(allSteps, '');
  return { ...forecast, ...sums, candidates, ...(stock && { stock }) };
}

/** What was learned apart may cross: a higher quantile is made no lower, and more periods sell no less. */
export function putInOrder(
  { quantiles, totals }: Pick<DemandForecast, 'quantiles' | 'totals'>,
  horizon: number,
): void {
  for (let at = 0; at < quantiles.length; at += levels.length) {
    inOrder(quantiles, at);
    inOrder(totals, at);
  }
  for (let at = 0; at < totals.length; at++) {
    const ahead = Math.floor(at / levels.length) % horizon;
    if (ahead > 0) totals[at] = Math.max(totals[at]!, totals[at - levels.length]!);
  }
}

type Items = Omit<DemandForecast, 'groups' | 'group' | 'total' | 'candidates'>;

function byClass(
  table: DemandTable,
  methods: ReturnType<typeof localMethods>,
  best: ReadonlyMap<DemandClass, string>,
  horizon: number,
): Items {
  const end = table.periods;
  const width = horizon * levels.length;
  const forecast: Items = {
    ids: table.ids,
    firstDay: table.firstDay + end * table.periodDays,
    periodDays: table.periodDays,
    horizon,
    class: table.ids.map((_, row) => classify(seriesOf(table, row), end).class),
    method: [],
    quantiles: new Float32Array(table.ids.length * width),
    totals: new Float32Array(table.ids.length * width),
    mean: new Float64Array(table.ids.length * horizon),
  };
  const spreads = new Map<string, ReturnType<typeof spreadsOf>>();
  const seen = Math.min(horizon, Math.max(1, Math.floor(end / 3)));
  for (let row = 0; row < table.ids.length; row++) {
    const kind = forecast.class[row]!;
    const wanted = best.get(kind) ?? 'SES(.3) winsorised';
    forecast.method.push(wanted);
    // Where trees forecast the class, they take the place of this.
    const method = methods.find(({ name }) => name === wanted) ?? methods[1]!;
    const spread = listOf(spreads, method.name, () => spreadsOf(table, method, end, seen));
    const { period, total, level } = localQuantiles(
      { table, row, end, horizon },
      method,
      stretched(spread, horizon),
      kind,
    );
    forecast.quantiles.set(period, row * width);
    // Totals are learned as means of a period.
    forecast.totals.set(
      total.map((units, at) => units * (1 + Math.floor(at / levels.length))),
      row * width,
    );
    forecast.mean.fill(level, row * horizon, (row + 1) * horizon);
  }
  return forecast;
}

/** Beyond what could be looked back on, the spread of the longest total seen. */
function stretched(spread: ReturnType<typeof spreadsOf>, horizon: number): ReturnType<typeof spreadsOf> {
  const total = new Map(
    [...spread.total].map(([kind, by]) => [
      kind,
      Array.from({ length: horizon }, (_, at) => by[at] ?? by.at(-1)!),
    ]),
  );
  return { period: spread.period, total };
}

async function treesInto(
  forecast: Items,
  table: DemandTable,
  best: ReadonlyMap<DemandClass, string>,
  say: (done: number, note: string) => void,
): Promise<void> {
  const { horizon } = forecast;
  const end = table.periods;
  const rows = learningRows(table, end, { horizon });
  let fitted = 0;
  const heads = (kind: Target, note: string) =>
    levels.map((level) => {
      say(steps.trees + fitted++, note);
      return fitGlobal(rows, kind, { name: 'quantile', level });
    });
  const period = predictGlobal(heads('period', 'trees for single periods'), table, end, horizon);
  const total = predictGlobal(heads('total', 'trees for lead times'), table, end, horizon);
  const mean = predictGlobal([fitMean(rows)], table, end, horizon);
  const width = horizon * levels.length;
  for (let row = 0; row < table.ids.length; row++) {
    if (best.get(forecast.class[row]!) !== treesName) continue;
    for (let at = row * width; at < (row + 1) * width; at++) {
      forecast.quantiles[at] = period[at]!;
      forecast.totals[at] = total[at]! * (1 + Math.floor((at - row * width) / levels.length));
    }
    // The mean of all periods: what lies between two means of totals would be noise.
    forecast.mean.fill(mean[(row + 1) * horizon - 1]!, row * horizon, (row + 1) * horizon);
  }
}

/** Forecasts of groups and total by ETS on their own history, and what makes all of them agree. */
async function agree(
  forecast: Items,
  table: DemandTable,
  groupNames: readonly (string | undefined)[],
): Promise<Pick<DemandForecast, 'groups' | 'group' | 'total' | 'mean'>> {
  const { horizon, ids } = forecast;
  const models = await classicalModels();
  const names = [...new Set(ids.map((_, row) => groupNames[row] ?? ''))].sort();
  const places = new Map(names.map((name, at) => [name, at]));
  const group = Int32Array.from(ids, (_, row) => places.get(groupNames[row] ?? '')!);
  const history = names.map(() => new Float64Array(table.periods));
  const whole = new Float64Array(table.periods);
  ids.forEach((_, row) => {
    seriesOf(table, row).forEach((units, at) => {
      history[group[row]!]![at]! += units;
      whole[at]! += units;
    });
  });
  const outlook = (series: Float64Array) => sumForecast(series, horizon, models);
  const ofGroups = history.map(outlook);
  const ofAll = outlook(whole);
  const mean = new Float64Array(forecast.mean.length);
  const groups = names.map((name) => ({ name, mean: new Float64Array(horizon) }));
  const total = { mean: new Float64Array(horizon), changePoints: models.changePoints(whole) };
  for (let ahead = 0; ahead < horizon; ahead++) {
    const at = (row: number): number => row * horizon + ahead;
    const agreed = reconcile({
      items: Float64Array.from(ids, (_, row) => forecast.mean[at(row)]!),
      group,
      groups: Float64Array.from(ofGroups, ({ point }) => point[ahead]!),
      total: ofAll.point[ahead]!,
      itemVariance: Float64Array.from(ids, (_, row) =>
        varianceOf(forecast.quantiles, at(row) * levels.length),
      ),
      groupVariance: Float64Array.from(ofGroups, ({ variance }) => variance),
      totalVariance: ofAll.variance,
    });
    ids.forEach((_, row) => {
      mean[at(row)] = agreed.items[row]!;
    });
    groups.forEach((to, g) => {
      to.mean[ahead] = agreed.groups[g]!;
    });
    total.mean[ahead] = agreed.total;
  }
  return { mean, groups, group, total };
}

/** From the middle of the distribution: the tails of single items do not tell how their sum strays. */
function varianceOf(quantiles: Float32Array, at: number): number {
  const width = (quantileAt(quantiles, at, 0.9) - quantileAt(quantiles, at, 0.25)) / 1.956;
  return Math.max(width * width, 1e-6);
}

function sumForecast(
  series: Float64Array,
  horizon: number,
  models: Awaited<ReturnType<typeof classicalModels>>,
): { point: number[]; variance: number } {
  const fan = models.ets(series, horizon, 0.8);
  if (fan && fan.upper[0]! > fan.point[0]!) {
    const sd = (fan.upper[0]! - fan.point[0]!) / 1.2816;
    return { point: fan.point.map((units) => Math.max(0, units)), variance: sd * sd };
  }
  const level = ses(0.3)(series, series.length);
  const error = series.reduce((sum, units) => sum + (units - level) ** 2, 0) / Math.max(1, series.length);
  return { point: Array.from({ length: horizon }, () => level), variance: Math.max(error, 1e-6) };
}
