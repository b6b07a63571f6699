import { defaultEventTable, type Event, random } from '../../src/core/index.js';
import { type Split, temporalSplit } from '../../src/train/index.js';
import { day, event, start } from '../support/events.js';

/** `count` purchases of `shoppers` shoppers over 100 days, of 31 items. */
export const shopEvents = (count: number, shoppers = 20): Event[] =>
  Array.from({ length: count }, (_, at) =>
    event({
      id: `e${at}`,
      type: 'purchase',
      user: `u${(at * 7) % shoppers}`,
      items: [{ id: `i${(at * at) % 31}` }],
      time: start + (at * 100 * day) / count,
    }),
  );

/** Shoppers who walk around a ring of `ring` items over 100 days: what comes next follows from the last. */
export function walks(shoppers: number, ring = 12, steps = 10): Event[] {
  const next = random(3);
  return Array.from({ length: shoppers }, (_, user) => {
    const from = next.int(ring);
    return Array.from({ length: steps }, (_, at) =>
      event({
        id: `e${user}-${at}`,
        user: `u${user}`,
        items: [{ id: `i${(from + at) % ring}` }],
        time: start + Math.round(((at + next.float()) * 100 * day) / steps),
      }),
    );
  }).flat();
}

export function splitOf(events: readonly Event[], days: number): Split {
  return temporalSplit(events, { table: defaultEventTable, days, seed: 1 });
}
