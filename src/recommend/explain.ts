import type { Profile, ProfileEvent, Reason } from '../core/index.js';
import type { EngineContext, RankedList, RequestContext } from './context.js';
import { sessionItems } from './session.js';

type Evidence = Reason['items'][number];

/** Why the item is on the list: the rule that put it there, with this shopper's own events as evidence. */
export function explain(
  engine: EngineContext,
  context: RequestContext,
  list: RankedList,
  handle: number,
): Reason {
  const { scenario } = context.request;
  if (scenario === 'trending' || list.score(handle) === 0) return popular(engine, handle);
  if (scenario === 'home') return fromProfile(engine, context, handle) ?? popular(engine, handle);
  const seeds = seedEvidence(engine, list.seeds ?? [], handle, scenario === 'similar');
  if (seeds.length === 0) return popular(engine, handle);
  return scenario === 'similar'
    ? { kind: 'similar', items: seeds, text: `Like ${names(seeds)}` }
    : { kind: 'bought_together', items: seeds, text: `Often bought with ${names(seeds)}` };
}

function popular(engine: EngineContext, handle: number): Reason {
  if (!engine.state.statistics.has(handle)) {
    return { kind: 'popular', items: [], text: 'From the catalogue of this shop' };
  }
  return engine.popular.rising
    ? { kind: 'trending', items: [], text: 'Trending now' }
    : { kind: 'popular', items: [], text: 'Popular in this shop' };
}

/** The seeds that speak for the item; for what goes with a cart, only those it really was bought with. */
function seedEvidence(
  { catalogue, relations }: EngineContext,
  seeds: readonly number[],
  handle: number,
  substitutes: boolean,
): Evidence[] {
  const shares = seeds.map((seed) => {
    const together = relations.together('bought', seed, handle);
    return substitutes ? 1 : together;
  });
  const items = seeds.map((seed) => ({ id: catalogue.id(seed), ...titled(catalogue.item(seed)?.title) }));
  return strongest(items, shares);
}

/** What the shopper did in this session and what the model says of their past, both by item. */
function fromProfile(engine: EngineContext, context: RequestContext, handle: number): Reason | undefined {
  const { catalogue, relations, model } = engine;
  const { profile, now } = context;
  const share = new Map<string, number>();
  const add = (id: string, amount: number): void => void share.set(id, (share.get(id) ?? 0) + amount);
  for (const { event, weight } of sessionItems(profile, now)) {
    const seed = catalogue.find(event.item);
    if (seed < 0) continue;
    const [bought, viewed] = (['bought', 'viewed'] as const).map((kind) =>
      relations.together(kind, seed, handle),
    );
    add(event.item, weight * Math.max(bought!, viewed!, relations.similarity(seed, handle)));
  }
  const attributed = model?.attribute(profile, now, handle);
  const total = attributed?.reduce((sum, part) => sum + Math.max(0, part), 0) ?? 0;
  if (attributed && total > 0) {
    profile.events.forEach(({ item }, at) => {
      add(item, Math.max(0, attributed[at]!) / total);
    });
  }
  const ids = [...share.keys()];
  const last = lastEvents(profile);
  const items = ids.map((id) => {
    const event = last.get(id);
    const did = event ? { event: event.type, time: event.time } : {};
    return { id, ...titled(catalogue.get(id)?.title), ...did };
  });
  const evidence = strongest(items, [...share.values()]);
  if (evidence.length > 0) return { kind: 'because', items: evidence, text: because(evidence) };
  return model?.knows(profile)
    ? { kind: 'model', items: [], text: 'Chosen from all you have looked at and bought' }
    : undefined;
}

const evidenceShown = 3;

/** The three strongest, their shares summing to 1 over all. */
function strongest(items: readonly Omit<Evidence, 'share'>[], shares: readonly number[]): Evidence[] {
  const total = shares.reduce((sum, share) => sum + share, 0);
  if (total <= 0) return [];
  return items
    .map((item, at) => ({ ...item, share: shares[at]! / total }))
    .filter(({ share }) => share > 0.01)
    .sort((a, b) => b.share - a.share)
    .slice(0, evidenceShown);
}

function lastEvents(profile: Profile): Map<string, ProfileEvent> {
  return new Map(profile.events.filter(({ weight }) => weight > 0).map((event) => [event.item, event]));
}

const verbs = new Map([
  ['view', 'viewed'],
  ['click', 'clicked'],
  ['wish', 'wished for'],
  ['add_to_cart', 'put in your basket'],
  ['purchase', 'bought'],
  ['rate', 'rated'],
  ['play', 'played'],
  ['read', 'read'],
  ['like', 'liked'],
  ['share', 'shared'],
  ['follow', 'followed'],
]);

function because(evidence: readonly Evidence[]): string {
  const [first] = evidence;
  const verb = verbs.get(first!.event ?? '') ?? 'chose';
  const name = first!.title ?? first!.id;
  return verb === 'put in your basket'
    ? `Because you put ${name} in your basket`
    : `Because you ${verb} ${name}`;
}

function names(evidence: readonly Evidence[]): string {
  return evidence.map(({ id, title }) => title ?? id).join(' and ');
}

function titled(title: string | undefined): { title?: string } {
  return title === undefined ? {} : { title };
}
