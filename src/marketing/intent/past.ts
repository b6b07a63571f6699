const dayMs = 86_400_000;
/** Orders closer than this count as one: a second parcel, not a second decision. */
const sameOrderMs = 12 * 60 * 60_000;
/** Intervals of the shop that a shopper's own ones are weighed against. */
const priorIntervals = 1.5;

/** What is kept of a shopper's earlier visits and purchases. */
export interface Past {
  visits: number;
  /** Visits that ended in a purchase. */
  bought: number;
  lastVisit: number;
  /** Separate orders, and when the last one was; NaN before the first. */
  orders: number;
  lastOrder: number;
  spent: number;
  /** Logarithms of the days between orders. */
  intervals: number;
  logSum: number;
}

export const pastFields = [
  'visits',
  'bought',
  'lastVisit',
  'orders',
  'lastOrder',
  'spent',
  'intervals',
  'logSum',
] as const satisfies (keyof Past)[];

/** The past whose numbers begin there, in the order of `pastFields`. */
export const pastAt = (cells: Float64Array, start: number): Past => ({
  visits: cells[start]!,
  bought: cells[start + 1]!,
  lastVisit: cells[start + 2]!,
  orders: cells[start + 3]!,
  lastOrder: cells[start + 4]!,
  spent: cells[start + 5]!,
  intervals: cells[start + 6]!,
  logSum: cells[start + 7]!,
});

export const newPast = (): Past => ({
  visits: 0,
  bought: 0,
  lastVisit: Number.NaN,
  orders: 0,
  lastOrder: Number.NaN,
  spent: 0,
  intervals: 0,
  logSum: 0,
});

/** How long shoppers of this shop wait between orders, as logarithms of days. */
export interface Rhythm {
  count: number;
  logSum: number;
  /** Squared errors of what `expectedLog` had said of each interval before it was known. */
  errorSum: number;
  errors: number;
}

export const newRhythm = (): Rhythm => ({ count: 0, logSum: 0, errorSum: 0, errors: 0 });

/** Counts an order into the shopper's past and the shop's rhythm. */
export function addOrder(past: Past, rhythm: Rhythm, time: number, value: number): void {
  past.spent += value;
  const waited = time - past.lastOrder;
  if (waited < sameOrderMs) return;
  if (waited > 0) {
    const log = Math.log(waited / dayMs);
    if (rhythm.count >= 10) {
      rhythm.errorSum += (log - expectedLog(past, rhythm)) ** 2;
      rhythm.errors++;
    }
    past.intervals++;
    past.logSum += log;
    rhythm.count++;
    rhythm.logSum += log;
  }
  past.orders++;
  past.lastOrder = time;
}

/** Mean logarithm of the days to the shopper's next order: their own mean, drawn to the shop's while it is young. */
export function expectedLog(past: Past, rhythm: Rhythm): number {
  const shop = rhythm.count > 0 ? rhythm.logSum / rhythm.count : Math.log(30);
  return (past.logSum + priorIntervals * shop) / (past.intervals + priorIntervals);
}

/** When a shopper is likely to order next. Times in ms. */
export interface NextPurchase {
  /** Chance that there will be a next order at all. */
  returns: number;
  /** As likely before as after. */
  expected: number;
  /** Nine of ten come after `early`, nine of ten before `late`. */
  early: number;
  late: number;
  /** Chance of an order within the next 7 and 28 days. */
  within7Days: number;
  within28Days: number;
}

/** Of those who order, how many never come back: assumed, and outweighed by how long a shopper has been waiting. */
const lapsedShare = 0.2;
/** Chance to have waited so long by the shop's rhythm, below which no date is given: the shopper has lapsed. */
const leastStill = 1e-4;

/**
 * The time to the next order is log-normal about the shopper's mean, given that it has not come by now; `returns` weighs
 * it against having lapsed. Undefined for who has not ordered yet, and for who has been away far beyond any rhythm.
 */
export function nextPurchase(past: Past, rhythm: Rhythm, now: number): NextPurchase | undefined {
  if (past.orders === 0) return undefined;
  const mean = expectedLog(past, rhythm);
  const spread = Math.sqrt(rhythm.errors > 20 ? rhythm.errorSum / rhythm.errors : 1);
  const waited = Math.max(1e-3, (now - past.lastOrder) / dayMs);
  const standard = (days: number): number => (Math.log(days) - mean) / spread;
  const still = 1 - normalShare(standard(waited));
  if (still < leastStill) return undefined;
  const returns = ((1 - lapsedShare) * still) / ((1 - lapsedShare) * still + lapsedShare);
  const quantile = (share: number): number =>
    past.lastOrder +
    dayMs * Math.max(waited, Math.exp(mean + spread * normalQuantile(1 - (1 - share) * still)));
  const within = (days: number): number =>
    returns * Math.min(1, Math.max(0, 1 - (1 - normalShare(standard(waited + days))) / still));
  return {
    returns,
    expected: quantile(0.5),
    early: quantile(0.1),
    late: quantile(0.9),
    within7Days: within(7),
    within28Days: within(28),
  };
}

/** Standard normal distribution (Abramowitz & Stegun 7.1.26, error below 1.5e-7). */
export function normalShare(z: number): number {
  const t = 1 / (1 + (0.3275911 * Math.abs(z)) / Math.SQRT2);
  const series =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const tail = (series * Math.exp((-z * z) / 2)) / 2;
  return z > 0 ? 1 - tail : tail;
}

/** Its inverse, by bisection: asked a few times a request. */
export function normalQuantile(share: number): number {
  let low = -8;
  let high = 8;
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (normalShare(middle) < share) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
