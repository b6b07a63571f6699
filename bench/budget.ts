import { random } from '../src/core/index.js';
import {
  allocate,
  allocateExactly,
  type Choices,
  fitResponse,
  gainsOf,
  responseModel,
  SpendController,
  simulatedDiscounts,
  simulatedMargin,
  simulateLog,
  simulateWorld,
  type World,
  type WorldOptions,
} from '../src/marketing/index.js';
import { fitTrees } from '../src/trees/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { summary } from './support/rows.js';

const levels = simulatedDiscounts.length;
const shares = [0.05, 0.15, 0.4];

/**
 * Offers within a budget, in a world whose truth is known: four arms (0, 5, 10, 20 %), margin 35 %, 40,000 shoppers of a
 * trial to learn from, 40,000 to serve one after the other. Profit is what the truth says of what was given; spend is real.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const shoppers = smoke ? 4_000 : 40_000;
  const seeds = smoke ? [1] : [1, 2, 3];
  const rows = measured('trial', seeds, { shoppers }, false);
  rows.push(exactGap());
  if (smoke) return rows;
  rows.push(...measured('log of likely buyers', seeds.slice(0, 1), { shoppers }, true));
  rows.push(...measured('fatigue', seeds.slice(0, 1), { shoppers, fatigue: 1.5 }, false));
  rows.push(...measured('coupon hunters', seeds.slice(0, 1), { shoppers, hunters: 0.2 }, false));
  return rows;
}

function measured(
  name: string,
  seeds: number[],
  options: Omit<WorldOptions, 'seed'>,
  confounded: boolean,
): BenchRow[] {
  const figures = new Map<string, number[]>();
  const add = (key: string, value: number): void => {
    figures.set(key, [...(figures.get(key) ?? []), value]);
  };
  for (const seed of seeds) {
    const learned = simulateWorld({ ...options, seed });
    const log = simulateLog(learned, { seed: seed + 100, confounded });
    const response = fitResponse({
      names: learned.names,
      columns: learned.columns,
      ...log,
      ...(confounded ? { weight: log.propensity.map((p) => Math.min(10, 1 / (levels * p))) } : {}),
    });
    const served = simulateWorld({ ...options, seed: seed + 50 });
    const truth = choicesOf(served, served.truth);
    const model = responseModel(response);
    const predict = (row: Float64Array): Float64Array => model(row, simulatedDiscounts);
    const predicted = predictions(served, predict);
    const said = choicesOf(served, predicted);
    const arms = choicesOf(served, tLearner(learned, log, served));
    const everybody = truth.cost.reduce((sum, cost, at) => sum + (at % levels === 2 ? cost : 0), 0);
    for (const share of shares) {
      const budget = share * everybody;
      const oracle = allocate(truth, budget).gain;
      const outcome = serve(served, said, truth, budget, seed);
      const label = `${100 * share} % budget`;
      add(`${label}: profit, % of the oracle`, (100 * outcome.profit) / oracle);
      add(`${label}: spend, % of the budget`, (100 * outcome.spent) / budget);
      const likely = likelyBuyers(served, truth, predicted, budget);
      add(`${label}: most likely buyers first, % of the oracle`, (100 * likely) / oracle);
      add(`${label}: most likely buyers first, extra profit`, likely);
      add(
        `${label}: knapsack on a T-learner, % of the oracle`,
        (100 * gained(truth, allocate(arms, budget).level)) / oracle,
      );
      add(
        `${label}: 10 % or nothing by uplift, % of the oracle`,
        (100 * greedy(said, truth, budget)) / oracle,
      );
      process.stderr.write(
        `${name} ${seed} ${label}: ${((100 * outcome.profit) / oracle).toFixed(1)} % spend ${((100 * outcome.spent) / budget).toFixed(1)} %\n`,
      );
    }
  }
  return [...figures].map(([metric, values]) =>
    summary(`simulated, ${name}`, metric, values, ...reachOf(metric)),
  );
}

/** What the issue asks of a row, and where it says so. */
function reachOf(metric: string): [reach?: number | string, source?: string] {
  if (metric.endsWith(': profit, % of the oracle')) return [78, 'issue 18'];
  return metric.includes(': spend') ? ['95–100', 'issue 18'] : [];
}

function predictions(world: World, predict: (row: Float64Array) => Float64Array): Float64Array {
  const out = new Float64Array(world.value.length * levels);
  const row = new Float64Array(world.columns.length);
  for (let shopper = 0; shopper < world.value.length; shopper++) {
    for (let f = 0; f < row.length; f++) row[f] = world.columns[f]![shopper]!;
    out.set(predict(row), shopper * levels);
  }
  return out;
}

/** One model an arm, free in the discount: what the shared monotone model is measured against. */
function tLearner(learned: World, log: ReturnType<typeof simulateLog>, served: World): Float64Array {
  const out = new Float64Array(served.value.length * levels);
  simulatedDiscounts.forEach((discount, level) => {
    const rows = [...log.discount.keys()].filter((row) => log.discount[row] === discount);
    const take = (column: Float64Array): Float64Array => Float64Array.from(rows, (row) => column[row]!);
    const model = fitTrees(
      { names: learned.names, columns: learned.columns.map(take), target: take(log.bought) },
      { trees: 100, leaves: 8, learningRate: 0.05, minLeafRows: 50, rowShare: 0.7, l2: 5 },
    );
    model.predictColumns(served.columns).forEach((p, shopper) => {
      out[shopper * levels + level] = p;
    });
  });
  return out;
}

function gained(truth: Choices, level: Uint8Array): number {
  return level.reduce((sum, one, shopper) => sum + truth.gain[shopper * levels + one]!, 0);
}

/** The best by uplift for its cost get 10 %, until the expected spend is gone. */
function greedy(said: Choices, truth: Choices, budget: number): number {
  const only = { levels: 2, gain: pick(said.gain), cost: pick(said.cost) };
  const { level } = allocate(only, budget);
  return gained(
    truth,
    level.map((one) => 2 * one),
  );
}

/** Levels 0 and 2 of each shopper. */
function pick(values: Float64Array): Float64Array {
  return values.filter((_, at) => at % levels === 0 || at % levels === 2);
}

function choicesOf({ value }: World, chances: Float64Array): Choices {
  const gain = new Float64Array(value.length * levels);
  const cost = new Float64Array(value.length * levels);
  for (let shopper = 0; shopper < value.length; shopper++) {
    const p = chances.subarray(shopper * levels, (shopper + 1) * levels);
    const of = gainsOf(p, simulatedDiscounts, value[shopper]!, simulatedMargin);
    gain.set(of.gain, shopper * levels);
    cost.set(of.cost, shopper * levels);
  }
  return { levels, gain, cost };
}

/** Shoppers come one after the other; real purchases are drawn from the truth and settle at once. */
function serve(
  world: World,
  said: Choices,
  truth: Choices,
  budget: number,
  seed: number,
): { profit: number; spent: number } {
  const controller = new SpendController(budget, levels, seed);
  const chance = random(seed + 7);
  let profit = 0;
  const shoppers = world.value.length;
  for (let shopper = 0; shopper < shoppers; shopper++) {
    const from = shopper * levels;
    const most = simulatedDiscounts.map((discount) => discount * world.value[shopper]!);
    const level = controller.decide(
      said.gain.subarray(from, from + levels),
      said.cost.subarray(from, from + levels),
      most,
      shopper / shoppers,
    );
    if (level === 0) continue;
    profit += truth.gain[from + level]!;
    const bought = chance.float() < world.truth[from + level]!;
    controller.settle(bought ? most[level]! : 0, said.cost[from + level]!, most[level]!);
  }
  return { profit, spent: controller.state.spent };
}

/** Ten per cent to the likeliest buyers until the budget is gone: what is done without uplift. */
function likelyBuyers(world: World, truth: Choices, predicted: Float64Array, budget: number): number {
  const order = Array.from(world.value.keys()).sort(
    (a, b) => predicted[b * levels]! - predicted[a * levels]!,
  );
  let [profit, spent] = [0, 0];
  for (const shopper of order) {
    const at = shopper * levels + 2;
    if (spent + truth.cost[at]! > budget) break;
    spent += truth.cost[at]!;
    profit += truth.gain[at]!;
  }
  return profit;
}

/** Lagrangian against exact dynamic programming on 200 small cases: the largest gap, %. */
function exactGap(): BenchRow {
  const chance = random(3);
  let gap = 0;
  for (let round = 0; round < 200; round++) {
    const shoppers = 30;
    const gain = new Float64Array(shoppers * levels);
    const cost = new Float64Array(shoppers * levels);
    for (let at = 0; at < gain.length; at++) {
      if (at % levels === 0) continue;
      cost[at] = cost[at - 1]! + 1 + chance.int(9);
      gain[at] = gain[at - 1]! + chance.float() * 5 - 0.5;
    }
    const budget = 60;
    const exact = allocateExactly({ levels, gain, cost }, budget);
    gap = Math.max(gap, (100 * (exact - allocate({ levels, gain, cost }, budget).gain)) / exact);
  }
  return { data: '200 cases of 30 shoppers', metric: 'largest gap to the exact optimum, %', value: gap };
}
