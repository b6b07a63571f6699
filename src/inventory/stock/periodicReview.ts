import { refuse } from '../refuse.js';
import {
  type Discrete,
  type Distribution,
  isDiscrete,
  mixture,
  normal,
  overPeriods,
} from './distributions.js';
import { levelFor, type Service, type StockLevel, type UnitCosts, unitCost } from './policies.js';

/** At each review: where the position (on hand, on order, less what waits) is at most `s`, order up to `S`. */
export interface OrderUpTo {
  reorderPoint: number;
  orderUpTo: number;
  /** Expected money per period. */
  cost: number;
}

/**
 * The cheapest (s, S) for demand on whole units a period, exactly (Zheng & Federgruen 1991). Unfilled demand waits.
 * `leadTime` in whole periods: an order placed at a review helps leadTime + 1 periods of demand later.
 */
export function reorderUpTo(
  of: UnitCosts & { orderCost: number; demand: Discrete; leadTime?: number },
): OrderUpTo {
  const { orderCost, demand, holding, shortage, leadTime = 0 } = of;
  refuse.notPositive({ orderCost, holding, shortage });
  refuse.negative({ leadTime });
  if (demand.mean === 0) return { reorderPoint: -1, orderUpTo: 0, cost: 0 };
  const during = overPeriods(demand, leadTime + 1);
  const rate = (position: number): number => unitCost(of, during, position);
  const renewal = new Renewal(demand.pmf);
  const cost = (s: number, S: number): number => {
    let sum = orderCost;
    for (let j = 0; j < S - s; j++) sum += renewal.visits(j) * rate(S - j);
    return sum / renewal.periods(S - s);
  };
  const centre = during.quantile(shortage / (shortage + holding));
  let best = centre;
  let s = centre - 1;
  while (cost(s, best) > rate(s)) s--;
  let least = cost(s, best);
  for (let S = best + 1; rate(S) <= least; S++) {
    if (cost(s, S) >= least) continue;
    best = S;
    while (cost(s, best) <= rate(s + 1)) s++;
    least = cost(s, best);
  }
  return { reorderPoint: s, orderUpTo: best, cost: least };
}

/** Renewals of demand: how often a cycle that starts at S is seen at S − j, and how long it takes to fall by j. */
class Renewal {
  readonly #visits: number[];
  readonly #periods: number[] = [0];

  constructor(private readonly pmf: Float64Array) {
    this.#visits = [1 / (1 - pmf[0]!)];
  }

  visits(fall: number): number {
    while (this.#visits.length <= fall) {
      const at = this.#visits.length;
      let sum = 0;
      for (let n = 1; n <= Math.min(at, this.pmf.length - 1); n++)
        sum += this.pmf[n]! * this.#visits[at - n]!;
      this.#visits.push(sum * this.#visits[0]!);
    }
    return this.#visits[fall]!;
  }

  periods(fall: number): number {
    while (this.#periods.length <= fall) {
      this.#periods.push(this.#periods.at(-1)! + this.visits(this.#periods.length - 1));
    }
    return this.#periods[fall]!;
  }
}

/** How long an order takes: a number of periods, or several with their probabilities. */
export type LeadTime = number | readonly { periods: number; probability: number }[];

/**
 * Demand from one review to the arrival of the order placed at the next: `review` periods and a lead time that may
 * vary. Exact for whole units (a mixture over lead times); else normal, with the variance of both.
 */
export function protectedDemand(demand: Distribution, leadTime: LeadTime, review = 1): Distribution {
  const times = leadTimes(leadTime);
  refuse.negative({ review });
  if (isDiscrete(demand)) {
    const parts = times.map(({ periods, probability }) => ({
      weight: probability,
      demand: overPeriods(demand, periods + review) as Discrete,
    }));
    return parts.length === 1 ? parts[0]!.demand : mixture(parts);
  }
  const mean = times.reduce((sum, { periods, probability }) => sum + periods * probability, 0);
  const spread = times.reduce(
    (sum, { periods, probability }) => sum + probability * (periods - mean) ** 2,
    0,
  );
  const variance = (mean + review) * demand.variance + demand.mean ** 2 * spread;
  return normal(demand.mean * (mean + review), Math.sqrt(variance));
}

function leadTimes(leadTime: LeadTime): readonly { periods: number; probability: number }[] {
  if (typeof leadTime === 'number') {
    refuse.negative({ leadTime });
    return [{ periods: leadTime, probability: 1 }];
  }
  for (const [at, { periods, probability }] of leadTime.entries()) {
    refuse.negative({ [`leadTime[${at}].periods`]: periods, [`leadTime[${at}].probability`]: probability });
  }
  const total = leadTime.reduce((sum, { probability }) => sum + probability, 0);
  if (!(Math.abs(total - 1) < 1e-6))
    throw refuse.field('leadTime', `has probabilities that add up to ${total}`, 'Let them add up to 1');
  return leadTime;
}

/** The level to order up to at every review, for a service or for costs. `cost` is given where costs are. */
export function baseStock(of: {
  demand: Distribution;
  leadTime: LeadTime;
  review?: number;
  service: Service;
}): StockLevel {
  const { demand, leadTime, review = 1, service } = of;
  const during = protectedDemand(demand, leadTime, review);
  const level = levelFor(service, during, demand.mean * (review || 1));
  return { level, cost: 'holding' in service ? unitCost(service, during, level) : Number.NaN };
}
