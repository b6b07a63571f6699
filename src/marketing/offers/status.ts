import { type IncrementReport, incrementReport } from '../uplift/holdout.js';
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

export function statusOf(running: Running, now: number): OfferStatus {
  const { offer, spend, given, out, shoppers, held, arms, days, clicks } = running;
  const { spent, promised, lambda } = spend.state;
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
    given,
    out: out.size,
    clicks,
    spent,
    promised,
    lambda: Number.isFinite(lambda) ? lambda : null,
    shoppers,
    held,
    spendByDay: [...days].sort((a, b) => a[0] - b[0]),
    ...(arms.treated.shoppers > 1 && arms.held.shoppers > 1
      ? { increment: incrementReport(arms.treated, arms.held) }
      : {}),
  };
}
