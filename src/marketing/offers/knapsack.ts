/**
 * What each shopper could be given: `levels` choices a shopper, one after the other. Level 0 is no offer: gain and cost 0.
 * Gains are expected extra profit, costs expected spend, both in the shop's currency.
 */
export interface Choices {
  levels: number;
  gain: Float64Array;
  cost: Float64Array;
}

export interface Allocation {
  /** Level of each shopper. */
  level: Uint8Array;
  gain: number;
  cost: number;
  /** Price of a unit of budget: an offer is given where its gain is above `lambda` times its cost. */
  lambda: number;
}

/** The level that is worth most at a price of budget; 0 where none is worth its cost. */
export function bestLevel({ levels, gain, cost }: Choices, shopper: number, lambda: number): number {
  let best = 0;
  let worth = 0;
  for (let level = 1; level < levels; level++) {
    const at = shopper * levels + level;
    const net = gain[at]! - lambda * cost[at]!;
    if (net > worth) {
      worth = net;
      best = level;
    }
  }
  return best;
}

/**
 * Multiple-choice knapsack by its Lagrangian (Sinha & Zoltners 1979): bisection on the price of budget, then what is left
 * goes to the upgrades that gain most for their cost. Never costs more than the budget.
 */
export function allocate(choices: Choices, budget: number): Allocation {
  const shoppers = choices.gain.length / choices.levels;
  const lambda = priceOf(choices, budget, shoppers);
  const level = new Uint8Array(shoppers).map((_, shopper) => bestLevel(choices, shopper, lambda));
  let { gain, cost } = totals(choices, level);
  const upgrades = upgradesOf(choices, level);
  for (const { shopper, to } of upgrades) {
    const from = shopper * choices.levels + level[shopper]!;
    const next = shopper * choices.levels + to;
    const more = choices.cost[next]! - choices.cost[from]!;
    const better = choices.gain[next]! - choices.gain[from]!;
    if (better <= 0 || cost + more > budget) continue;
    level[shopper] = to;
    gain += better;
    cost += more;
  }
  return { level, gain, cost, lambda };
}

/** The lowest price at which what is given costs no more than the budget, to a relative 1e-6. */
export function priceOf(choices: Choices, budget: number, shoppers: number): number {
  if (spendAt(choices, shoppers, 0) <= budget) return 0;
  let low = 0;
  let high = 1;
  while (spendAt(choices, shoppers, high) > budget && high < 1e9) high *= 4;
  for (let step = 0; step < 60 && high - low > 1e-6 * high; step++) {
    const middle = (low + high) / 2;
    if (spendAt(choices, shoppers, middle) > budget) low = middle;
    else high = middle;
  }
  return high;
}

function spendAt(choices: Choices, shoppers: number, lambda: number): number {
  let spend = 0;
  for (let shopper = 0; shopper < shoppers; shopper++) {
    spend += choices.cost[shopper * choices.levels + bestLevel(choices, shopper, lambda)]!;
  }
  return spend;
}

function totals({ levels, gain, cost }: Choices, level: Uint8Array): { gain: number; cost: number } {
  let sum = { gain: 0, cost: 0 };
  level.forEach((one, shopper) => {
    const at = shopper * levels + one;
    sum = { gain: sum.gain + gain[at]!, cost: sum.cost + cost[at]! };
  });
  return sum;
}

/** Every step up from where a shopper is, best gain for its cost first. */
function upgradesOf({ levels, gain, cost }: Choices, level: Uint8Array): { shopper: number; to: number }[] {
  const steps: { shopper: number; to: number; rate: number }[] = [];
  level.forEach((from, shopper) => {
    for (let to = 1; to < levels; to++) {
      if (to === from) continue;
      const [a, b] = [shopper * levels + from, shopper * levels + to];
      const better = gain[b]! - gain[a]!;
      if (better > 0) steps.push({ shopper, to, rate: better / Math.max(1e-12, cost[b]! - cost[a]!) });
    }
  });
  return steps.sort((a, b) => b.rate - a.rate);
}

/** The best of all allocations with whole costs, by dynamic programming: for small cases, to bound the gap. */
export function allocateExactly({ levels, gain, cost }: Choices, budget: number): number {
  const shoppers = gain.length / levels;
  let best = new Float64Array(budget + 1);
  for (let shopper = 0; shopper < shoppers; shopper++) {
    const next = best.slice();
    for (let level = 1; level < levels; level++) {
      const at = shopper * levels + level;
      for (let left = cost[at]!; left <= budget; left++) {
        next[left] = Math.max(next[left]!, best[left - cost[at]!]! + gain[at]!);
      }
    }
    best = next;
  }
  return best[budget]!;
}
