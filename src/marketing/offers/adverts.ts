import { type Event, newId } from '../../core/index.js';
import type { Advert, AdvertSpace } from '../../recommend/index.js';
import type { Candidate, ClickRates } from '../clicks/rates.js';
import { isHeldOut } from '../uplift/holdout.js';
import { type Offer, slotDefaults } from './offer.js';
import { clickBudget } from './promises.js';

/** What an advert has cost and had, of the offers' fold. */
export interface AdvertState {
  offer: Offer;
  spent: number;
  /** Times it was placed for the shopper. */
  placed: number;
}

/** What choosing adverts needs to know of the shopper. */
export interface AdvertAsk extends AdvertSpace {
  segment: string;
  viewed(): readonly string[];
  priceOf(item: string): number | undefined;
  isMember(audience: string): boolean;
}

/**
 * The adverts of one list: at each place the item whose bid, or margin, times the calibrated chance of its outcome there
 * is highest, among the offers that are open to this shopper and have budget left.
 */
export function chooseAdverts(
  slots: readonly AdvertState[],
  rates: ClickRates,
  ask: AdvertAsk,
): { adverts: Advert[]; events: Event[] } {
  const { request, count } = ask;
  const taken = new Set<string>();
  const adverts: Advert[] = [];
  const places = new Map<number, AdvertState[]>();
  for (const slot of slots) {
    const { scenario, place } = { ...slotDefaults, ...slot.offer };
    if (scenario !== request.scenario || place > count || !isOpen(slot, ask)) continue;
    places.set(place, [...(places.get(place) ?? []), slot]);
  }
  for (const [place, here] of [...places].sort((a, b) => a[0] - b[0])) {
    const offerOf = new Map<string, string>();
    const candidates = here.flatMap(({ offer }) =>
      candidatesOf(offer, ask).filter(({ item }) => {
        if (taken.has(item) || offerOf.has(item)) return false;
        offerOf.set(item, offer.id);
        return true;
      }),
    );
    const at = { position: place - 1, segment: ask.segment };
    const best = rates.rank(request.scenario, candidates, at).find(({ item }) => ask.mayShow(item));
    if (!best) continue;
    taken.add(best.item);
    adverts.push({ item: best.item, place, offer: offerOf.get(best.item)! });
  }
  return { adverts, events: adverts.map((advert) => placed(advert, ask)) };
}

function isOpen({ offer, spent, placed }: AdvertState, { now, request, isMember }: AdvertAsk): boolean {
  const { start, end, audience, cap, id, holdout } = offer;
  return (
    now >= start &&
    now < end &&
    spent < clickBudget(offer, request.user, now) &&
    placed < cap &&
    (audience === undefined || isMember(audience)) &&
    !isHeldOut(request.user, id, holdout)
  );
}

/** With a bid a click is worth it; without one a purchase is worth the shop's margin. */
function candidatesOf({ items, bid, margin }: Offer, { viewed, priceOf }: AdvertAsk): Candidate[] {
  return (items === 'viewed' ? viewed() : items).map((item) =>
    bid === undefined
      ? { item, worth: margin * (priceOf(item) ?? 0), outcome: 'bought' }
      : { item, worth: bid },
  );
}

/** Which recommendation has which advert: a click that names it is paid for. No impression of an item: that is the page's to say. */
function placed({ item, place, offer }: Advert, { request, now, recommendationId }: AdvertAsk): Event {
  return {
    id: newId('advert', now),
    type: 'impression',
    user: request.user,
    items: [],
    time: now,
    attribution: recommendationId,
    context: { offer, item, place, advert: true },
  };
}
