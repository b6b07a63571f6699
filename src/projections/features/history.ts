import type { Event, EventTable } from '../../core/index.js';
import { FeatureStore, type Features } from './features.js';

/** An event with when the log took it. */
export interface Arrived {
  event: Event;
  arrival: number;
}

/** What the features were at each asking moment: history walked as the stream was, by the same fold. */
export function featuresAt(
  history: Iterable<Arrived>,
  asked: readonly { user: string; item: string; now: number; after: number }[],
  weights: EventTable,
  categoryOf: (item: string) => string | undefined,
): Features[] {
  const store = new FeatureStore(weights, categoryOf);
  const order = asked.map((_, at) => at).sort((a, b) => asked[a]!.after - asked[b]!.after || a - b);
  const found: Features[] = new Array(asked.length);
  let next = 0;
  let applied = 0;
  const answer = (): void => {
    while (next < order.length && asked[order[next]!]!.after <= applied) {
      const { user, item, now } = asked[order[next]!]!;
      found[order[next++]!] = store.features(user, item, now);
    }
  };
  answer();
  for (const { event, arrival } of history) {
    store.apply(event, arrival);
    applied++;
    answer();
  }
  return found;
}
