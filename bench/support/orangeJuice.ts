import { join } from 'node:path';
import { fitTrees, type TreeModel } from '../../src/trees/index.js';
import { lines } from './datasets.js';
import type { BenchRow } from './row.js';
import { rowsOf } from './rows.js';

/** A week of one brand in one store. */
interface Week {
  week: number;
  units: number;
  prices: number[];
  deal: number;
  feat: number;
}

interface Series {
  store: number;
  brand: number;
  weeks: Map<number, Week>;
}

const rounds = 12;
const firstWeek = 40;
const brands = 11;
const names = [
  'ahead',
  'store',
  'brand',
  'weekOfYear',
  'logLevel',
  'lag1',
  'lag2',
  'lag3',
  'mean4',
  'mean8',
  'mean26',
  'min8',
  'max8',
  'deal',
  'feat',
  'price',
  'priceOverMean',
  'priceOverUsual',
  'priceOverLeast',
  'priceRank',
  'featShare8',
  'dealShare8',
  'lastYear',
  'saleAtPrice',
];
const options = {
  trees: 350,
  learningRate: 0.06,
  leaves: 31,
  minLeafRows: 30,
  rowShare: 0.8,
  columnShare: 0.6,
  bins: 128,
};
/** Trees are fitted anew every so many rounds; features always know all weeks up to the round's. */
const refitEvery = 3;

/** Dominick's orange juice: units of weeks 135 + 2r and 136 + 2r from those up to 133 + 2r, prices and features known. */
export function orangeJuice(data: string, smoke: boolean): BenchRow[] {
  const read = lines(join(data, 'orange-juice'), 'yx.csv.gz');
  if (!read) return [];
  const series = seriesFrom(read.slice(1));
  const name = 'orange-juice, 12 rounds';
  const { rows, say } = rowsOf(name, 'Microsoft forecasting benchmark; issue 19');
  const means = score(series, (item, last) => geometricMean(item, last));
  say('geometric mean: MAPE %', means.mape, 'published as mean: 70.74');
  say('median: MAPE %', score(series, median).mape, 58.1);
  if (smoke) return rows;
  const started = process.cpuUsage().user;
  for (const [label, objective] of [
    ['trees for MAPE', 'mape'],
    ['trees for the logarithm (median)', 'log'],
  ] as const) {
    const models = new Map<number, TreeModel>();
    for (let round = 1; round <= rounds; round += refitEvery)
      models.set(round, fitRound(series, 133 + 2 * round, objective));
    const { mape, wape } = score(series, (item, last, week) => {
      const round = (last - 133) / 2;
      const model = models.get(round - ((round - 1) % refitEvery))!;
      return predict(model, item, last, week, objective);
    });
    say(`${label}: MAPE %`, mape, objective === 'mape' ? 'reach 36.3, go for 35.8' : 41.1);
    say(`${label}: WAPE %`, wape, objective === 'mape' ? 48.9 : 41.7);
  }
  say('processor time, s', (process.cpuUsage().user - started) / 1e6);
  return rows;
}

type Objective = 'mape' | 'log';

function predict(model: TreeModel, item: Series, last: number, week: number, objective: Objective): number {
  const row = describe(item, last, week);
  if (!row) return 0;
  const found = model.predict(row.features);
  return objective === 'log' ? Math.exp(found) * row.level : Math.max(0, found) * row.level;
}

/** Examples look two or three weeks ahead, as the rounds do. */
function fitRound(series: readonly Series[], last: number, objective: Objective): TreeModel {
  const found: { features: Float64Array; target: number; weight: number }[] = [];
  for (const [at, item] of series.entries()) {
    for (let from = firstWeek + 8; from + 2 <= last; from++) {
      const week = from + 2 + ((at + from) % 2);
      const sold = item.weeks.get(week);
      const row = week <= last && sold ? describe(item, from, week) : undefined;
      if (!sold || !row) continue;
      const ratio = sold.units / row.level;
      found.push({
        features: row.features,
        target: objective === 'log' ? Math.log(ratio) : ratio,
        // |y − f| / y in units of the level.
        weight: objective === 'log' ? 1 : 1 / ratio,
      });
    }
  }
  const column = (of: (example: (typeof found)[number]) => number): Float64Array =>
    Float64Array.from(found, of);
  return fitTrees(
    {
      names,
      columns: names.map((_, f) => column(({ features }) => features[f]!)),
      target: column(({ target }) => target),
      weight: column(({ weight }) => weight),
    },
    { ...options, loss: { name: 'absolute' } },
  );
}

/** What is known at the end of week `last` about `week`; undefined where the item has no price then or no past. */
function describe(
  item: Series,
  last: number,
  week: number,
): { features: Float64Array; level: number } | undefined {
  const now = item.weeks.get(week);
  if (!now) return undefined;
  const past: Week[] = [];
  for (let at = last; at >= firstWeek && past.length < 26; at--) {
    const before = item.weeks.get(at);
    if (before) past.push(before);
  }
  if (past.length < 3) return undefined;
  const log = past.map(({ units }) => Math.log(units));
  const level = Math.exp(mean(log.slice(0, 13)));
  const own = now.prices[item.brand - 1]!;
  const usual = mean(past.slice(0, 13).map(({ prices }) => prices[item.brand - 1]!));
  const of = (count: number): number => mean(log.slice(0, count)) - Math.log(level);
  const alike = past.filter(({ prices }) => Math.abs(prices[item.brand - 1]! / own - 1) < 0.04);
  const lastYear = item.weeks.get(week - 52);
  const features = Float64Array.of(
    week - last,
    item.store,
    item.brand,
    week % 52,
    Math.log(level),
    ...[0, 1, 2].map((lag) => log[lag]! - Math.log(level)),
    of(4),
    of(8),
    of(26),
    Math.min(...log.slice(0, 8)) - Math.log(level),
    Math.max(...log.slice(0, 8)) - Math.log(level),
    now.deal,
    now.feat,
    own,
    own / mean(now.prices),
    own / usual,
    own / Math.min(...now.prices.filter((_, brand) => brand !== item.brand - 1)),
    now.prices.filter((price) => price < own).length,
    mean(past.slice(0, 8).map(({ feat }) => feat)),
    mean(past.slice(0, 8).map(({ deal }) => deal)),
    lastYear && week - 52 <= last ? Math.log(lastYear.units / level) : Number.NaN,
    alike.length > 0 ? mean(alike.map(({ units }) => Math.log(units / level))) : Number.NaN,
  );
  return { features, level };
}

function score(series: readonly Series[], forecast: (item: Series, last: number, week: number) => number) {
  let [relative, count, off, units] = [0, 0, 0, 0];
  for (let round = 1; round <= rounds; round++) {
    const last = 133 + 2 * round;
    for (const item of series) {
      for (const week of [last + 2, last + 3]) {
        const actual = item.weeks.get(week);
        if (!actual) continue;
        const error = Math.abs(actual.units - forecast(item, last, week));
        relative += error / actual.units;
        count++;
        off += error;
        units += actual.units;
      }
    }
  }
  return { mape: (100 * relative) / count, wape: (100 * off) / units };
}

function history(item: Series, last: number): number[] {
  return [...item.weeks.values()].filter(({ week }) => week <= last).map(({ units }) => units);
}

const geometricMean = (item: Series, last: number): number =>
  Math.exp(mean(history(item, last).map(Math.log)));

function median(item: Series, last: number): number {
  const sorted = history(item, last).sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.floor(sorted.length / 2)]!) / 2;
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function seriesFrom(read: readonly string[]): Series[] {
  const found = new Map<string, Series>();
  for (const line of read) {
    const cells = line.split(',').map(Number);
    const [store, brand, week, logmove] = cells as [number, number, number, number];
    const key = `${store} ${brand}`;
    const item = found.get(key) ?? { store, brand, weeks: new Map() };
    found.set(key, item);
    item.weeks.set(week, {
      week,
      units: Math.exp(logmove),
      prices: cells.slice(5, 5 + brands),
      deal: cells[5 + brands]!,
      feat: cells[6 + brands]!,
    });
  }
  return [...found.values()];
}
