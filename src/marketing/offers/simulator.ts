import { type Random, random } from '../../core/index.js';
import { sigmoid } from '../../trees/index.js';

/** Discounts of the trial, and the shop's margin at full price. */
export const simulatedDiscounts = [0, 0.05, 0.1, 0.2] as const;
export const simulatedMargin = 0.35;
const width = 8;

export interface World {
  /** Columns that a model may see: seven of habit and the expected value of the basket, with noise. */
  names: string[];
  columns: Float64Array[];
  /** Value of each shopper's basket at full price. */
  value: Float64Array;
  /** The truth: chance of buying at each discount, shopper by shopper. */
  truth: Float64Array;
}

export interface WorldOptions {
  shoppers: number;
  seed: number;
  /** Share of shoppers who buy little at full price and wait for a coupon. */
  hunters?: number;
  /** Offers each shopper has had before (mean), each taking a quarter of what the next one does. */
  fatigue?: number;
}

/**
 * Shoppers whose answer to a discount is known. How much a discount moves somebody has little to do with how likely they
 * are to buy anyway: the likeliest buyers hardly need it. Its effect rises ever more slowly with the discount.
 */
export function simulateWorld({ shoppers, seed, hunters = 0, fatigue = 0 }: WorldOptions): World {
  const chance = random(seed);
  const columns = Array.from({ length: width }, () => new Float64Array(shoppers));
  const value = new Float64Array(shoppers);
  const truth = new Float64Array(shoppers * simulatedDiscounts.length);
  for (let shopper = 0; shopper < shoppers; shopper++) {
    const x = Array.from({ length: width - 1 }, () => chance.normal());
    value[shopper] = Math.exp(3.4 + 0.5 * x[4]! + 0.3 * chance.normal());
    const isHunter = chance.float() < hunters;
    const before = fatigue > 0 ? poisson(fatigue, chance) : 0;
    x[5] = before > 0 || fatigue > 0 ? before : x[5]!;
    x[6] = isHunter ? x[6]! + 2 : x[6]!;
    const base = -2.2 + 0.9 * x[0]! + 0.5 * x[1]! * (x[2]! > 0 ? 1 : 0) - (isHunter ? 1.5 : 0);
    // Loyal shoppers (x0 high) are moved a little less; who compares prices (x3 high, x1 low) more; much is not to be seen.
    const open = sigmoid(1.5 * x[3]! - 0.4 * x[0]! - 0.7 * x[1]! - 0.6 + 0.9 * chance.normal());
    const moved = 2.1 * open + (isHunter ? 1.5 : 0);
    const worn = 0.75 ** before;
    x.forEach((one, at) => {
      columns[at]![shopper] = one;
    });
    columns[width - 1]![shopper] = value[shopper]! * Math.exp(0.2 * chance.normal());
    simulatedDiscounts.forEach((discount, level) => {
      const effect = moved * worn * (1 - Math.exp(-9 * discount));
      truth[shopper * simulatedDiscounts.length + level] = sigmoid(base + effect);
    });
  }
  return { names: columns.map((_, at) => `x${at}`), columns, value, truth };
}

/** A log of offers and what came of them. `confounded`: likely buyers were given more, as shops do without a trial. */
export function simulateLog(
  world: World,
  { seed, confounded = false }: { seed: number; confounded?: boolean },
): { discount: Float64Array; bought: Float64Array; propensity: Float64Array } {
  const chance = random(seed);
  const levels = simulatedDiscounts.length;
  const shoppers = world.value.length;
  const log = {
    discount: new Float64Array(shoppers),
    bought: new Float64Array(shoppers),
    propensity: new Float64Array(shoppers),
  };
  for (let shopper = 0; shopper < shoppers; shopper++) {
    const liking = confounded ? 0.8 * world.columns[0]![shopper]! : 0;
    const shares = simulatedDiscounts.map((_, level) => Math.exp(liking * (level / (levels - 1) - 0.5)));
    const total = shares.reduce((sum, share) => sum + share, 0);
    let draw = chance.float() * total;
    let level = 0;
    while (level < levels - 1 && draw > shares[level]!) draw -= shares[level++]!;
    log.discount[shopper] = simulatedDiscounts[level]!;
    log.propensity[shopper] = shares[level]! / total;
    log.bought[shopper] = chance.float() < world.truth[shopper * levels + level]! ? 1 : 0;
  }
  return log;
}

function poisson(mean: number, chance: Random): number {
  let count = 0;
  let product = chance.float();
  while (product > Math.exp(-mean)) {
    count++;
    product *= chance.float();
  }
  return count;
}
