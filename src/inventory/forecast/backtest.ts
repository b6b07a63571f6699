import { random } from '../../core/index.js';
import { classify, type DemandClass } from '../demand/classify.js';
import { winsorise } from '../demand/clean.js';
import { type DemandTable, seriesOf } from '../demand/table.js';
import { demandAhead, fitGlobal, learningRows, predictGlobal } from './global.js';
import { type LocalMethod, putQuantiles, type Spread, saleSize, spreadOf } from './local.js';
import { levels, pinball } from './quantiles.js';

export const treesName = 'trees';

/** How far a method's level was from demand, by class and periods ahead: of single periods, and of totals. */
export interface Spreads {
  period: ReadonlyMap<DemandClass, Spread>;
  /** [class][ahead]: of the mean of the first ahead + 1 periods. */
  total: ReadonlyMap<DemandClass, readonly Spread[]>;
}

/** One line of the table of candidates: loss over demand of a class of items, at the last origin. */
export interface Candidate {
  class: DemandClass;
  method: string;
  items: number;
  /** Mean of 2 × pinball over quantiles and periods, over demand: lower is better. */
  loss: number;
}

/** Origins looked back on for the spread of a method. */
const origins = 3;
const step = 4;
/** Items of a class that its spread is learned from: more do not move it, and ETS takes a millisecond for each. */
const sampledItems = 400;
/** In a shop of fewer items one wholesale order would be the upper quantile of all: outcomes are winsorised. */
const fewItems = 30;

/** Errors of a level method at the last origins of which the outcome is known before `end`. */
export function spreadsOf(table: DemandTable, method: LocalMethod, end: number, horizon: number): Spreads {
  const period = new Map<DemandClass, number[]>();
  const total = new Map<DemandClass, number[][]>();
  const order = random(1).shuffle(Uint32Array.from(table.ids, (_, row) => row));
  for (let back = 0; back < origins; back++) {
    const origin = end - horizon - back * step;
    if (origin < step) break;
    const taken = new Map<DemandClass, number>();
    for (const row of order) {
      const series = seriesOf(table, row);
      const kind = classify(series, origin).class;
      const before = taken.get(kind) ?? 0;
      if (kind === 'none' || before === sampledItems) continue;
      taken.set(kind, before + 1);
      const level = method.level(series, origin);
      const unit = Math.sqrt(Math.max(level, 1e-9) * saleSize(table, row, origin));
      if (!(unit > 1e-4)) continue;
      const outcome = table.ids.length < fewItems ? winsorise(series, end) : series;
      const singles = listOf(period, kind, () => []);
      const totals = listOf(total, kind, () => Array.from({ length: horizon }, () => [] as number[]));
      for (let ahead = 0; ahead < horizon; ahead++) {
        singles.push((outcome[origin + ahead]! - level) / unit);
        totals[ahead]!.push((demandAhead(outcome, origin, ahead, 'total') - level) / unit);
      }
    }
  }
  const spread = (errors: number[]): Spread => spreadOf(Float64Array.from(errors));
  return {
    period: new Map([...period].map(([kind, errors]) => [kind, spread(errors)])),
    total: new Map([...total].map(([kind, by]) => [kind, by.map(spread)])),
  };
}

export function listOf<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

const noSpread: Spread = new Float64Array(levels.length);

/** Quantiles of a level method for one item, of single periods and of totals: [ahead · levels + level]. */
export function localQuantiles(
  of: { table: DemandTable; row: number; end: number; horizon: number },
  method: LocalMethod,
  spreads: Spreads,
  kind: DemandClass,
): { period: Float64Array; total: Float64Array; level: number } {
  const { table, row, end, horizon } = of;
  const level = method.level(seriesOf(table, row), end);
  const size = saleSize(table, row, end);
  const period = new Float64Array(horizon * levels.length);
  const total = new Float64Array(horizon * levels.length);
  for (let ahead = 0; ahead < horizon; ahead++) {
    putQuantiles(level, size, spreads.period.get(kind) ?? noSpread, period, ahead * levels.length);
    putQuantiles(level, size, spreads.total.get(kind)?.[ahead] ?? noSpread, total, ahead * levels.length);
  }
  return { period, total, level };
}

/**
 * Every candidate forecasts the last `horizon` periods from what was known before them; the loss of each, by class of
 * demand. The trees, where asked for, are fitted on what was before as well.
 */
export function backtest(
  table: DemandTable,
  methods: readonly LocalMethod[],
  horizon: number,
  withTrees: boolean,
): Candidate[] {
  const origin = table.periods - horizon;
  const kinds = Array.from(
    { length: table.ids.length },
    (_, row) => classify(seriesOf(table, row), origin).class,
  );
  const losses = new Map<string, Candidate & { sold: number }>();
  const count = (method: string, row: number, quantiles: ArrayLike<number>, at: number): void => {
    const kind = kinds[row]!;
    const entry = listOf(losses, `${kind} ${method}`, () => ({
      class: kind,
      method,
      items: 0,
      loss: 0,
      sold: 0,
    }));
    const series = seriesOf(table, row);
    entry.items++;
    for (let ahead = 0; ahead < horizon; ahead++) {
      entry.loss += pinball(quantiles, at + ahead * levels.length, series[origin + ahead]!);
      entry.sold += series[origin + ahead]!;
    }
  };
  for (const method of methods) {
    const spreads = spreadsOf(table, method, origin, horizon);
    for (const [row, kind] of kinds.entries()) {
      if (kind === 'none') continue;
      const { period } = localQuantiles({ table, row, end: origin, horizon }, method, spreads, kind);
      count(method.name, row, period, 0);
    }
  }
  if (withTrees) {
    const rows = learningRows(table, origin, { horizon });
    const models = levels.map((level) => fitGlobal(rows, 'period', { name: 'quantile', level }));
    const found = predictGlobal(models, table, origin, horizon);
    for (const [row, kind] of kinds.entries()) {
      if (kind !== 'none') count(treesName, row, found, row * horizon * levels.length);
    }
  }
  return [...losses.values()].map(({ sold, ...candidate }) => ({
    ...candidate,
    loss: candidate.loss / Math.max(sold, 1),
  }));
}

/** The candidate with the least loss, by class. */
export function chosen(candidates: readonly Candidate[]): Map<DemandClass, string> {
  const best = new Map<DemandClass, Candidate>();
  for (const candidate of candidates) {
    const before = best.get(candidate.class);
    if (!before || candidate.loss < before.loss) best.set(candidate.class, candidate);
  }
  return new Map([...best].map(([kind, { method }]) => [kind, method]));
}
