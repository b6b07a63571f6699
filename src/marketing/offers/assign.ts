import { type Event, newId } from '../../core/index.js';
import { isHeldOut, shareOf } from '../uplift/holdout.js';
import type { Offer } from './offer.js';
import { type Out, validMs } from './promises.js';
import type { OfferAsk } from './running.js';

/** What an impression of an offer says beside the item: enough to make everything here again from the log. */
export interface Logged extends Out {
  held?: boolean;
  best?: number;
}

/**
 * Who is held out, who draws at random and who gets what the budget chose. The draw is made once for the time that an
 * offer holds, however often a shopper asks. `propensity` is the chance of the level under all of this; `drawn` its chance
 * among those drawn at random, the holdout included: 1 over it weighs a trial of discounts.
 */
export function assign(
  { id, holdout, explore, start }: Offer,
  { user, now }: OfferAsk,
  levels: number,
  best: number,
  holds: (level: number) => boolean,
): { level: number; held: boolean; chances: { propensity: number; drawn?: number } } {
  const chanceOf = (level: number): number =>
    (1 - holdout) * (explore / levels + (level === best ? 1 - explore : 0)) + (level === 0 ? holdout : 0);
  // Where the budget would give nothing, the holdout is not told apart and is not logged.
  const heldShare = best > 0 ? holdout : 0;
  const drawnOf = (level: number): number =>
    ((level === 0 ? heldShare : 0) + ((1 - holdout) * explore) / levels) /
    (heldShare + (1 - holdout) * explore);
  if (isHeldOut(user, id, holdout))
    return { level: 0, held: true, chances: { propensity: chanceOf(0), drawn: drawnOf(0) } };
  const draw = shareOf(`${id}\0${user}\0${Math.floor((now - start) / validMs)}\0explore`);
  const level = Math.floor((draw / explore) * levels);
  if (draw < explore && holds(level))
    return { level, held: false, chances: { propensity: chanceOf(level), drawn: drawnOf(level) } };
  return { level: best, held: false, chances: { propensity: chanceOf(best) } };
}

/** What was not shown (the holdout, a draw of nothing) names its item in the context alone: nobody saw it. */
export function impression(
  offer: Offer,
  { user, now }: OfferAsk,
  { item, ...out }: Out,
  why: Record<string, number | boolean>,
): Event {
  return {
    id: newId('offer', now),
    type: 'impression',
    user,
    items: out.discount > 0 ? [{ id: item }] : [],
    time: now,
    context: { offer: offer.id, item, ...out, ...why },
  };
}
