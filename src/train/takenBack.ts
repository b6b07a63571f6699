import { type Event, type EventTable, eventWeight, type Meaning, meaningIn } from '../core/index.js';
import { applyToShopper, holding, newShopper, type Shopper } from '../projections/index.js';

/** Who did one of these may have taken back something, or have bought what lay in the cart. */
const moving: ReadonlySet<Meaning | undefined> = new Set<Meaning>([
  'cart',
  'uncart',
  'refund',
  'undo',
  'dislike',
  'hide',
]);
/** Nothing is forgotten: a model learns from the whole log. */
const limits = {
  recent: Number.POSITIVE_INFINITY,
  bought: { items: Number.POSITIVE_INFINITY, ms: Number.POSITIVE_INFINITY },
};

/**
 * Whether what an event says of an item still holds at the end of these events, in log order and with the owner of each
 * (`ownersOf`): by the folds and the rule that serving has, so that a model learns nothing from a purchase that was given
 * back, a cart that was emptied or a thing that was hidden.
 */
export function whatHolds(
  events: readonly Event[],
  owners: readonly string[],
  table: EventTable,
): (at: number, item: string) => boolean {
  const shoppers = new Map<string, Shopper>();
  events.forEach(({ type }, at) => {
    if (moving.has(meaningIn(table, type))) shoppers.set(owners[at]!, newShopper());
  });
  events.forEach((event, at) => {
    const shopper = shoppers.get(owners[at]!);
    if (shopper) applyToShopper(shopper, event, table, limits);
  });
  const rules = new Map([...shoppers].map(([owner, shopper]) => [owner, holding(shopper, table)] as const));
  return (at, item) => {
    const rule = rules.get(owners[at]!);
    if (!rule) return true;
    const { type, time } = events[at]!;
    return rule({ item, type, time, weight: eventWeight(table, type) });
  };
}
