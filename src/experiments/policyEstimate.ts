import { type Event, type Item, random } from '../core/index.js';
import { bootstrap, rankingMetrics } from '../math/index.js';
import { applyPolicy, type Policy, type PolicyView } from '../recommend/index.js';

/** A list that was shown, and what of it was clicked. */
export interface ShownList {
  items: string[];
  clicked: string[];
}

export interface PolicyEstimate {
  /** Lists that were looked at. */
  lists: number;
  /** Share of them that the policy changes. */
  changed: number;
  ndcg: { before: number; after: number };
  /** Different items shown. */
  coverage: { before: number; after: number };
  /** Clicks a list, with an interval of 95 % for the policy's. */
  clicks: { before: number; after: number; low: number; high: number };
}

/** Lists of the log: impressions with two items or more, and the clicks that carry their id. */
export async function shownLists(
  events: AsyncIterable<{ event: Event }>,
  most = 20_000,
): Promise<ShownList[]> {
  const lists = new Map<string, ShownList>();
  for await (const { event } of events) {
    const { type, attribution, items } = event;
    if (attribution === undefined) continue;
    if (type === 'impression' && items.length > 1) {
      lists.set(attribution, { items: items.map(({ id }) => id), clicked: [] });
      if (lists.size > most) lists.delete(lists.keys().next().value!);
    } else if (type === 'click' || type === 'purchase') {
      const list = lists.get(attribution);
      for (const { id } of items)
        if (list?.items.includes(id) && !list.clicked.includes(id)) list.clicked.push(id);
    }
  }
  return [...lists.values()];
}

/**
 * What a policy would have done to lists that were shown, before it is on. Clicks are estimated by the position-based
 * model (Joachims, Swaminathan & Schnabel 2017): a click counts by how much more, or less, its new place is looked at.
 * An item that the policy takes out of a list loses its clicks; what it would have brought in is not in the log, so pins
 * of other items and floors are estimated low. Frequency caps need a shopper's past and are not estimated.
 */
export function estimatePolicy(
  policy: Policy,
  lists: readonly ShownList[],
  catalogue: ReadonlyMap<string, Item>,
): PolicyEstimate {
  const examined = examination(lists);
  const seen = { before: new Set<string>(), after: new Set<string>() };
  const clicks = new Float64Array(lists.length);
  const sum = { changed: 0, ndcgBefore: 0, ndcgAfter: 0, clicks: 0, clicked: 0 };
  lists.forEach(({ items, clicked }, at) => {
    const after = reordered(policy, items, catalogue);
    if (after.some((id, place) => id !== items[place])) sum.changed++;
    for (const id of items) seen.before.add(id);
    for (const id of after) seen.after.add(id);
    for (const id of clicked) {
      const place = after.indexOf(id);
      if (place >= 0) clicks[at]! += examined(place) / examined(items.indexOf(id));
    }
    sum.clicks += clicked.length;
    if (clicked.length === 0) return;
    sum.clicked++;
    sum.ndcgBefore += ndcgOf(items, clicked);
    sum.ndcgAfter += ndcgOf(after, clicked);
  });
  const size = Math.max(1, lists.length);
  const { mean, low, high } = bootstrap(clicks, random(1).uint32());
  return {
    lists: lists.length,
    changed: sum.changed / size,
    ndcg: {
      before: sum.ndcgBefore / Math.max(1, sum.clicked),
      after: sum.ndcgAfter / Math.max(1, sum.clicked),
    },
    coverage: { before: seen.before.size, after: seen.after.size },
    clicks: { before: sum.clicks / size, after: mean, low, high },
  };
}

/** How much a place is looked at: its click rate over all lists, smoothed towards 1 / (1 + place). */
function examination(lists: readonly ShownList[]): (place: number) => number {
  const shown: number[] = [];
  const clicked: number[] = [];
  for (const list of lists)
    list.items.forEach((id, place) => {
      shown[place] = (shown[place] ?? 0) + 1;
      if (list.clicked.includes(id)) clicked[place] = (clicked[place] ?? 0) + 1;
    });
  const first = ((clicked[0] ?? 0) + 1) / ((shown[0] ?? 0) + 10);
  return (place) => ((clicked[place] ?? 0) + (prior * first) / (1 + place)) / ((shown[place] ?? 0) + prior);
}
const prior = 50;

function reordered(policy: Policy, items: readonly string[], catalogue: ReadonlyMap<string, Item>): string[] {
  const entry = (handle: number): Item => catalogue.get(items[handle]!) ?? { id: items[handle]! };
  const view: PolicyView = {
    item: entry,
    handleOf: (id) => items.indexOf(id),
    similarity: (a, b) =>
      entry(a).category !== undefined && entry(a).category === entry(b).category ? 1 : 0,
    events: () => Number.POSITIVE_INFINITY,
    shown: () => 0,
    allowed: () => true,
  };
  const ranked = items.map((_, handle) => ({ handle, score: 1 / (1 + handle) }));
  const { handles } = applyPolicy(policy, ranked, { count: items.length, scenario: 'home' }, view);
  return handles.map((handle) => items[handle]!);
}

function ndcgOf(items: readonly string[], clicked: readonly string[]): number {
  const rows = items.map((_, at) => at);
  const relevant = new Set(clicked.map((id) => items.indexOf(id)).filter((at) => at >= 0));
  return rankingMetrics(rows, relevant, items.length, clicked.length).ndcg;
}
