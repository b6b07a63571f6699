import { join } from 'node:path';
import type { LoggedDecisions } from '../../src/experiments/index.js';
import { lines } from './datasets.js';

interface Row {
  item: number;
  position: number;
  click: number;
  propensity: number;
}

export interface BanditTask {
  /** The log of the random policy, with what the Thompson policy would do. */
  log: LoggedDecisions;
  /** Click rate that the Thompson policy had by its own log. */
  truth: number;
  clicks: number;
}

/** Prior impressions at the overall click rate that an item's predicted rate begins with. */
const priorShown = 300;
const folds = 3;

/**
 * Open Bandit Dataset, small: the random policy's log is to tell the click rate of the Bernoulli Thompson policy. What
 * that one does is the mean of its own logged propensities by item and position. The predicted reward is a shrunken click
 * rate by item, from the other folds.
 */
export function openBandit(data: string, campaign: 'men' | 'women'): BanditTask | undefined {
  const random = rowsOf(data, `random.${campaign}.csv.gz`);
  const thompson = rowsOf(data, `bts.${campaign}.csv.gz`);
  if (!random || !thompson) return undefined;
  const chance = chancesOf(thompson);
  const items = [...new Set(random.map(({ item }) => item))];
  const predict = Array.from({ length: folds }, (_, fold) =>
    clickRates(random.filter((_, at) => at % folds !== fold)),
  );
  const log: LoggedDecisions = {
    reward: Float64Array.from(random, ({ click }) => click),
    logged: Float64Array.from(random, ({ propensity }) => propensity),
    target: Float64Array.from(random, ({ item, position }) => chance(item, position)),
    predicted: Float64Array.from(random, ({ item }, at) => predict[at % folds]!(item)),
    value: Float64Array.from(random, ({ position }, at) =>
      items.reduce((sum, item) => sum + chance(item, position) * predict[at % folds]!(item), 0),
    ),
  };
  const clicks = (rows: readonly Row[]): number => rows.reduce((sum, { click }) => sum + click, 0);
  return { log, truth: clicks(thompson) / thompson.length, clicks: clicks(random) };
}

function rowsOf(data: string, file: string): Row[] | undefined {
  return lines(join(data, 'obd'), file)
    ?.slice(1)
    .map((line) => {
      const [, , item, position, click, propensity] = line.split(',').map(Number);
      return { item: item!, position: position!, click: click!, propensity: propensity! };
    });
}

/** Chance of an item at a position, summing to 1 over the items. */
function chancesOf(rows: readonly Row[]): (item: number, position: number) => number {
  const sums = new Map<string, { total: number; count: number }>();
  for (const { item, position, propensity } of rows) {
    const key = `${item} ${position}`;
    const { total, count } = sums.get(key) ?? { total: 0, count: 0 };
    sums.set(key, { total: total + propensity, count: count + 1 });
  }
  const whole = [1, 2, 3].map((position) =>
    [...sums]
      .filter(([key]) => key.endsWith(` ${position}`))
      .reduce((sum, [, { total, count }]) => sum + total / count, 0),
  );
  return (item, position) => {
    const found = sums.get(`${item} ${position}`);
    return found ? found.total / found.count / whole[position - 1]! : 0;
  };
}

function clickRates(rows: readonly Row[]): (item: number) => number {
  const rate = rows.reduce((sum, { click }) => sum + click, 0) / rows.length;
  const sums = new Map<number, { shown: number; clicked: number }>();
  for (const { item, click } of rows) {
    const { shown, clicked } = sums.get(item) ?? { shown: 0, clicked: 0 };
    sums.set(item, { shown: shown + 1, clicked: clicked + click });
  }
  return (item) => {
    const { shown, clicked } = sums.get(item) ?? { shown: 0, clicked: 0 };
    return (clicked + priorShown * rate) / (shown + priorShown);
  };
}
