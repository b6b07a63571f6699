import type { EngineContext, RankedList, RequestContext } from './context.js';
import { applyPolicy, type Governed, type Impressions, type Policy } from './policy/index.js';

/** Candidates a policy chooses among: some more than are wanted, with the pages before. */
export function pooled(wanted: number): number {
  return Math.max(wanted, Math.min(100, 3 * wanted + 20));
}

/** New items looked for when a policy promises them places: the newest of the catalogue. */
const newestLooked = 500;

/** A list under the rules of the shop, and which rule moved or left out what. */
export function govern(
  policy: Policy,
  list: RankedList,
  context: RequestContext,
  engine: EngineContext,
  impressions: Impressions,
): { list: RankedList } & Omit<Governed, 'handles'> {
  const { catalogue, state, relations } = engine;
  const { request, now } = context;
  const events = (handle: number): number =>
    Object.values(state.statistics.counts(handle)).reduce((sum, count) => sum + count, 0);
  const { handles, ...did } = applyPolicy(
    policy,
    list.handles.filter(context.allowed).map((handle) => ({ handle, score: list.score(handle) })),
    {
      // With the pages before this one: a list goes on where they ended.
      count: (request.offset ?? 0) + (request.count ?? 10),
      scenario: request.scenario,
      fresh: policy.newItems ? newestOf(engine, context.allowed) : [],
    },
    {
      item: (handle) => catalogue.item(handle)!,
      handleOf: (id) => catalogue.find(id),
      similarity: (a, b) => relations.similarity(a, b),
      events,
      shown: (handle, withinMs) => impressions.count(request.user, catalogue.id(handle), now - withinMs),
      allowed: context.allowed,
    },
  );
  return { list: { ...list, handles }, ...did };
}

function newestOf({ newest }: EngineContext, allowed: (handle: number) => boolean): number[] {
  const found: number[] = [];
  const ranked = newest.ranked();
  for (let place = 0; place < Math.min(newestLooked, ranked.length); place++) {
    const handle = ranked.at(place);
    if (allowed(handle)) found.push(handle);
  }
  return found;
}
