import { type EventTable, meaningIn, type Profile, type ProfileEvent } from '../core/index.js';
import { boughtBy } from './bought.js';
import { stillInCart } from './cart.js';
import { decayedAt } from './decay.js';
import { isHidden } from './hidden.js';
import { counterHalfLife, defaultShopperLimits, type Shopper, type ShopperLimits } from './shopper.js';

/** The public view of a shopper at `now`: an event that no longer holds weighs 0. */
export function profileOf(
  user: string,
  shopper: Shopper | undefined,
  now: number,
  table: EventTable,
  limits: ShopperLimits = defaultShopperLimits,
): Profile {
  if (!shopper) return { user, events: [], total: 0, counters: {} };
  const counters = shopper.counters.map(
    (counter) => [counter.type, decayedAt(counter, now, counterHalfLife)] as const,
  );
  const { total, firstSeen, lastSeen } = shopper;
  const hidden = [...(shopper.hidden ?? [])].filter(([, one]) => one.hidden).map(([item]) => item);
  return {
    user,
    events: eventsThatHold(shopper, table),
    ...(shopper.touched && { touchedBefore: shopper.touched }),
    ...(shopper.bought && { bought: boughtBy(shopper.bought, now, limits.bought) }),
    ...(hidden.length > 0 && { hidden: new Set(hidden) }),
    total,
    counters: Object.fromEntries(counters),
    ...(total > 0 && { firstSeen, lastSeen }),
  };
}

/** The events, with a weight of 0 where what happened since, or before in the log, takes them back. */
function eventsThatHold(shopper: Shopper, table: EventTable): ProfileEvent[] {
  const holds = holding(shopper, table);
  if (!holds) return shopper.events.slice();
  return shopper.events.map((event) =>
    event.weight === 0 || holds(event) ? event : { ...event, weight: 0 },
  );
}

/**
 * Whether an event of the shopper still says what it said: neither given back, put away, bought since, undone nor hidden.
 * Undefined where all do. What serving shows and what a model learns from are told apart by this alone.
 */
export function holding(
  { events, cart, bought, hidden }: Shopper,
  table: EventTable,
): ((event: Pick<ProfileEvent, 'item' | 'type' | 'time' | 'weight'>) => boolean) | undefined {
  const unwished = takenBackWishes(events, table);
  if (!cart && !bought && !hidden && !unwished) return undefined;
  return ({ item, type, time, weight }) => {
    const meaning = meaningIn(table, type);
    if (meaning === 'dislike' || meaning === 'hide') return isHidden(hidden, item);
    if (weight > 0 && isHidden(hidden, item)) return false;
    if (meaning === 'cart') return stillInCart(cart, item, time);
    if (meaning === 'purchase') return (bought?.get(item)?.units ?? 1) > 0;
    if (meaning === 'wish') return !(time <= (unwished?.get(item) ?? Number.NEGATIVE_INFINITY));
    return true;
  };
}

/** When a wish for an item was last taken back; undefined where none was. */
function takenBackWishes(
  events: readonly ProfileEvent[],
  table: EventTable,
): Map<string, number> | undefined {
  let found: Map<string, number> | undefined;
  for (const { item, type, time, weight } of events) {
    if (weight >= 0 || meaningIn(table, type) !== 'undo') continue;
    found ??= new Map();
    found.set(item, time);
  }
  return found;
}
