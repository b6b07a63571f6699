import { refuse } from '../refuse.js';
import { type Distribution, overPeriods } from './distributions.js';

/** What a unit costs: `holding` a unit left for a period, `shortage` a unit demanded and not there. */
export interface UnitCosts {
  holding: number;
  shortage: number;
}

export interface OrderQuantity {
  quantity: number;
  /** Money per period: orders and stock. */
  cost: number;
}

/**
 * Economic order quantity (Harris 1913): what to order each time where demand is steady and known.
 * `orderCost` an order, `holding` a unit and period, `demand` units a period. With `shortage` (a unit and period)
 * demand may wait: planned backorders. With `productionRate` (units a period) the order arrives gradually.
 */
export function economicOrderQuantity(of: {
  orderCost: number;
  holding: number;
  demand: number;
  shortage?: number;
  productionRate?: number;
}): OrderQuantity & { backordered: number } {
  const { orderCost, holding, demand, shortage, productionRate } = of;
  refuse.notPositive({ orderCost, holding, demand });
  if (shortage !== undefined) refuse.notPositive({ shortage });
  if (productionRate !== undefined && !(productionRate > demand))
    throw refuse.field('productionRate', 'must exceed the demand', 'Give units per period above the demand');
  const rate = holding * (productionRate === undefined ? 1 : 1 - demand / productionRate);
  const waits = shortage === undefined ? 0 : rate / (rate + shortage);
  const quantity = Math.sqrt((2 * orderCost * demand) / (rate * (1 - waits)));
  return { quantity, cost: Math.sqrt(2 * orderCost * demand * rate * (1 - waits)), backordered: waits };
}

export interface StockLevel {
  level: number;
  /** Expected money per period. */
  cost: number;
}

/**
 * Newsvendor: the stock that balances what is left against what is short, at the critical ratio p/(p+h). For whole
 * units the smallest level that reaches it, which is optimal. With `leadTime` periods it is the base stock of a shop
 * that looks once a period: demand of leadTime + 1 periods counts.
 */
export function newsvendor(of: UnitCosts & { demand: Distribution; leadTime?: number }): StockLevel {
  const { holding, shortage, demand, leadTime = 0 } = of;
  refuse.notPositive({ holding, shortage });
  refuse.negative({ leadTime });
  const during = overPeriods(demand, leadTime + 1);
  const level = during.quantile(shortage / (shortage + holding));
  return { level, cost: unitCost(of, during, level) };
}

/** What a level costs a period: holding what is left and lacking what is short. */
export function unitCost({ holding, shortage }: UnitCosts, demand: Distribution, level: number): number {
  const short = demand.loss(level);
  return holding * (level - demand.mean + short) + shortage * short;
}

/** How much may run short: cycles without a stock-out, the share of demand that is met at once, or money. */
export type Service = { cycle: number } | { fill: number } | UnitCosts;

/** Smallest level over `demand` that gives the service. `perCycle` is the demand that the fill rate is a share of. */
export function levelFor(service: Service, demand: Distribution, perCycle = demand.mean): number {
  if ('cycle' in service) {
    refuse.notShare({ cycle: service.cycle });
    return demand.quantile(service.cycle);
  }
  if ('fill' in service) {
    refuse.notShare({ fill: service.fill });
    return levelForShortage(demand, (1 - service.fill) * perCycle);
  }
  refuse.notPositive({ holding: service.holding, shortage: service.shortage });
  return demand.quantile(service.shortage / (service.shortage + service.holding));
}

/** Smallest level of which at most `short` units are expected to lack. */
function levelForShortage(demand: Distribution, short: number): number {
  let low = Math.floor(demand.mean - short) - 1;
  let high = demand.quantile(1 - 1e-9) + 1;
  while (high - low > (demand.whole ? 1 : 1e-9 * (1 + Math.abs(high)))) {
    const middle = demand.whole ? Math.floor((low + high) / 2) : (low + high) / 2;
    if (demand.loss(middle) <= short + 1e-12) high = middle;
    else low = middle;
  }
  return high;
}

export interface WagnerWhitin {
  /** Units to order in each period. */
  orders: number[];
  cost: number;
}

/**
 * The cheapest orders for known demand (Wagner & Whitin 1958): `orderCost` an order, `holding` a unit at the end of a
 * period. Costs may differ by period. Among equals the plan with fewer, earlier orders. O(T²).
 */
export function wagnerWhitin(of: {
  demand: readonly number[];
  orderCost: number | readonly number[];
  holding: number | readonly number[];
  unitCost?: number | readonly number[];
}): WagnerWhitin {
  const { demand } = of;
  for (const [at, units] of demand.entries()) refuse.negative({ [`demand[${at}]`]: units });
  const at = (cost: number | readonly number[] | undefined, period: number): number =>
    typeof cost === 'object' ? cost[period]! : (cost ?? 0);
  for (const name of ['orderCost', 'holding', 'unitCost'] as const) {
    for (const period of demand.keys()) refuse.negative({ [name]: at(of[name], period) });
  }
  const best = new Float64Array(demand.length + 1).fill(Number.POSITIVE_INFINITY);
  const covers = new Int32Array(demand.length);
  best[demand.length] = 0;
  for (let from = demand.length - 1; from >= 0; from--) {
    let cost = at(of.orderCost, from);
    let carried = 0;
    // Without demand in the first period nothing has to be ordered in it.
    if (demand[from] === 0) [best[from], covers[from]] = [best[from + 1]!, 0];
    for (let to = from; to < demand.length; to++) {
      if (to > from) carried += at(of.holding, to - 1);
      cost += demand[to]! * (carried + at(of.unitCost, from));
      const whole = cost + best[to + 1]!;
      if (whole < best[from]! - 1e-9) [best[from], covers[from]] = [whole, to + 1 - from];
    }
  }
  const orders = demand.map(() => 0);
  for (let from = 0; from < demand.length; from += Math.max(1, covers[from]!)) {
    orders[from] = demand.slice(from, from + covers[from]!).reduce((sum, units) => sum + units, 0);
  }
  return { orders, cost: best[0]! };
}
