import type { Arm } from '../uplift/holdout.js';
import type { Offer } from './offer.js';
import type { SpendController } from './pacing.js';
import { Promises } from './promises.js';

const dayMs = 86_400_000;

/** An offer as a shopper is given it. */
export interface GivenOffer {
  id: string;
  offer: string;
  name: string;
  item: string;
  discount: number;
  price: number;
  fullPrice: number;
  /** Until when it may be used, ms. */
  until: number;
}

/** What deciding needs to know of a shopper. */
export interface OfferAsk {
  user: string;
  now: number;
  /** Items viewed and not bought, newest first. */
  viewed: readonly string[];
  /** Chance to buy without an offer, as intent has it. */
  chance: number;
  /** Features of intent, by `intentFeatureNames`. */
  features: ArrayLike<number>;
  priceOf(item: string): number | undefined;
  isMember(audience: string): boolean;
}

export interface Running {
  offer: Offer;
  spend: SpendController;
  /** Tells its shoppers apart from those of another offer that had the same id. */
  serial: number;
  out: Promises;
  /** What strangers used as their page says, and the shop has not: it counts as strangers' until the shop does. */
  claims: Map<string, { item: string; most: number }>;
  /** Offers given or adverts placed, and to how many shoppers; shoppers of the holdout who would have been given it. */
  given: number;
  shoppers: number;
  held: number;
  /** Profit of those outside the holdout whom the budget would have given it, and of the holdout: what is compared. */
  arms: { treated: Arm; held: Arm };
  /** What was spent on each day (days since 1970). */
  days: Map<number, number>;
  /** Clicks on its adverts. */
  clicks: number;
}

/** What was really spent, and on which day. */
export function pay({ spend, days }: Running, amount: number, time: number): void {
  spend.settle(amount, 0, 0);
  const day = Math.floor(time / dayMs);
  days.set(day, (days.get(day) ?? 0) + amount);
}

export function fresh(offer: Offer, spend: SpendController, serial: number): Running {
  const nobody = (): Arm => ({ shoppers: 0, sum: 0, squares: 0 });
  return {
    offer,
    spend,
    serial,
    out: new Promises(),
    claims: new Map(),
    given: 0,
    shoppers: 0,
    held: 0,
    arms: { treated: nobody(), held: nobody() },
    days: new Map(),
    clicks: 0,
  };
}
