import { refuse } from '../refuse.js';
import { type Distribution, isDiscrete } from './distributions.js';
import { type UnitCosts, unitCost } from './policies.js';

/** Order `quantity` whenever stock on hand and on order, less what waits, falls to `reorderPoint`. */
export interface ReorderPolicy {
  reorderPoint: number;
  quantity: number;
  /** Expected money per period: orders, stock and shortage. */
  cost: number;
}

interface Review extends UnitCosts {
  orderCost: number;
  /** Units a period. */
  demandRate: number;
  /** Demand of one lead time. */
  leadTimeDemand: Distribution;
}

/**
 * The cheapest (r, Q) with unfilled demand waiting. Whole units: Federgruen & Zheng (1992), exact. Continuous demand:
 * Zheng (1992), where the cost rate at both ends of [r, r + Q] equals the cost of the policy.
 */
export function reorderPointQuantity(of: Review): ReorderPolicy {
  const { orderCost, demandRate, leadTimeDemand, holding, shortage } = of;
  refuse.notPositive({ orderCost, demandRate, holding, shortage });
  return isDiscrete(leadTimeDemand) ? ofWholeUnits(of) : ofContinuous(of);
}

/** Adds the cheapest inventory position next to those held while it brings the mean cost down. */
function ofWholeUnits(of: Review): ReorderPolicy {
  const { orderCost, demandRate, leadTimeDemand, holding, shortage } = of;
  const rate = (position: number): number => unitCost(of, leadTimeDemand, position);
  let low = leadTimeDemand.quantile(shortage / (shortage + holding));
  let high = low;
  let total = orderCost * demandRate + rate(low);
  for (;;) {
    const [below, above] = [rate(low - 1), rate(high + 1)];
    const quantity = high - low + 1;
    if (Math.min(below, above) >= total / quantity) {
      return { reorderPoint: low - 1, quantity, cost: total / quantity };
    }
    total += Math.min(below, above);
    if (below < above) low--;
    else high++;
  }
}

/** For a cost level C the positions that cost less than it are [r, r + Q]; C is right where ∫ (C − g) is K·λ. */
function ofContinuous(of: Review): ReorderPolicy {
  const { orderCost, demandRate, leadTimeDemand, holding, shortage } = of;
  const rate = (position: number): number => unitCost(of, leadTimeDemand, position);
  const centre = leadTimeDemand.quantile(shortage / (shortage + holding));
  const least = rate(centre);
  const ends = (level: number): [number, number] => [
    root((x) => rate(centre - x) - level, (level - least) / shortage + 1),
    root((x) => rate(centre + x) - level, (level - least) / holding + 1),
  ];
  const saved = (level: number): number => {
    const [down, up] = ends(level);
    return (down + up) * level - integral(rate, centre - down, centre + up);
  };
  const cost = least + root((extra) => saved(least + extra) - orderCost * demandRate, 1 + least);
  const [down, up] = ends(cost);
  return { reorderPoint: centre - down, quantity: down + up, cost };
}

/** Where an increasing function that is ≤ 0 at 0 crosses 0. */
function root(f: (x: number) => number, guess: number): number {
  let high = guess;
  while (f(high) < 0) high *= 2;
  let low = 0;
  for (let turn = 0; turn < 200 && high - low > 1e-12 * (1 + high); turn++) {
    const middle = (low + high) / 2;
    if (f(middle) < 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Simpson's rule; the cost rate is smooth but for a bend of a few standard deviations, which 800 steps resolve. */
function integral(f: (x: number) => number, from: number, to: number, steps = 800): number {
  const width = (to - from) / steps;
  let sum = f(from) + f(to);
  for (let at = 1; at < steps; at++) sum += f(from + at * width) * (at % 2 ? 4 : 2);
  return (sum * width) / 3;
}

/** Expected cost per period of any (r, Q); of whole units where the lead-time demand is. */
export function reorderPolicyCost(of: Review, reorderPoint: number, quantity: number): number {
  const rate = (position: number): number => unitCost(of, of.leadTimeDemand, position);
  let total = of.orderCost * of.demandRate;
  if (isDiscrete(of.leadTimeDemand)) {
    for (let position = reorderPoint + 1; position <= reorderPoint + quantity; position++)
      total += rate(position);
  } else total += integral(rate, reorderPoint, reorderPoint + quantity);
  return total / quantity;
}

/** Share of demand met from the shelf under (r, Q): what lacks at the end of a cycle, over what a cycle sells. */
export function fillRate(leadTimeDemand: Distribution, reorderPoint: number, quantity: number): number {
  const lacking = leadTimeDemand.loss(reorderPoint) - leadTimeDemand.loss(reorderPoint + quantity);
  return 1 - lacking / quantity;
}
