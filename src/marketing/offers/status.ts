import { type Arm, type IncrementReport, incrementReport } from '../uplift/holdout.js';
import type { Offer } from './offer.js';
import type { Running } from './running.js';

export interface OfferStatus extends Offer {
  state: 'planned' | 'running' | 'ended' | 'exhausted';
  given: number;
  out: number;
  /** Clicks on its adverts (slot). */
  clicks: number;
  spent: number;
  promised: number;
  /** Price of a unit of budget now; null before the first is set. */
  lambda: number | null;
  shoppers: number;
  held: number;
  /** Spend by day, days since 1970, in order. */
  spendByDay: [number, number][];
  /** What it brought against its holdout; absent while there is too little to compare. */
  increment?: IncrementReport;
}

export function statusOf(
  { offer, spend, given, out, treated, held, earned, days, clicks }: Running,
  now: number,
): OfferStatus {
  const { spent, promised, lambda } = spend.state;
  const offered = armOf(treated, earned);
  const control = armOf(held, earned);
  const state =
    now < offer.start
      ? 'planned'
      : now >= offer.end
        ? 'ended'
        : spent >= 0.999 * offer.budget
          ? 'exhausted'
          : 'running';
  return {
    ...offer,
    state,
    given: [...given.values()].reduce((sum, one) => sum + one, 0),
    out: out.size,
    clicks,
    spent,
    promised,
    lambda: Number.isFinite(lambda) ? lambda : null,
    shoppers: given.size,
    held: held.size,
    spendByDay: [...days].sort((a, b) => a[0] - b[0]),
    ...(offered.shoppers > 1 && control.shoppers > 1 ? { increment: incrementReport(offered, control) } : {}),
  };
}

function armOf(users: Iterable<string>, earned: ReadonlyMap<string, number>): Arm {
  const arm: Arm = { shoppers: 0, sum: 0, squares: 0 };
  for (const user of users) {
    const value = earned.get(user) ?? 0;
    arm.shoppers++;
    arm.sum += value;
    arm.squares += value * value;
  }
  return arm;
}
