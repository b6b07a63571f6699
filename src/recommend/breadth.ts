import type { Profile } from '../core/index.js';

/** Of ten places, those that one click does not fill; the more different things a shopper liked, the fewer are kept. */
const keptPlaces = [4, 7, 9];
/** A new one of so many is something new, the others are popular. */
const newEvery = 3;

/**
 * One click is not a taste: where a shopper liked one, two or three things only, some places of their shelf go to what is
 * popular or new and has nothing to do with these. Who liked more has a profile that is broad by itself; `least` places
 * are kept even so.
 */
export function keepRoom(
  ranked: readonly number[],
  { events }: Profile,
  others: {
    popular: () => Iterable<number>;
    newest: () => Iterable<number>;
    related: (handle: number) => boolean;
  },
  least = 0,
): number[] {
  const liked = new Set(events.filter(({ weight }) => weight > 0).map(({ item }) => item));
  const places = keptPlaces.slice(0, Math.max(least, keptPlaces.length + 1 - liked.size));
  if (ranked.length === 0 || liked.size === 0 || places.length === 0) return [...ranked];
  const taken = new Set(ranked);
  const guests: number[] = [];
  for (const handle of withNew(others.popular(), others.newest(), newEvery)) {
    if (guests.length === places.length) break;
    if (!taken.has(handle) && !others.related(handle)) guests.push(handle);
  }
  const list = [...ranked];
  for (const [at, place] of places.entries()) {
    const guest = guests[at];
    if (guest !== undefined && place <= list.length) list.splice(place, 0, guest);
  }
  return list;
}

/** What is popular, with something new in every so many places; the new ones that are left come last. Each once. */
export function* withNew(
  popular: Iterable<number>,
  fresh: Iterable<number>,
  every: number,
): Iterable<number> {
  const given = new Set<number>();
  const isFirst = (handle: number): boolean => {
    if (given.has(handle)) return false;
    given.add(handle);
    return true;
  };
  const next = fresh[Symbol.iterator]();
  for (const handle of popular) {
    if (given.size % every === every - 1) {
      const { value, done } = next.next();
      if (!done && isFirst(value)) yield value;
    }
    if (isFirst(handle)) yield handle;
  }
  for (let left = next.next(); !left.done; left = next.next()) if (isFirst(left.value)) yield left.value;
}
