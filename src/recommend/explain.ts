import type { Profile, ProfileEvent, Reason } from '../core/index.js';
import { titleFade } from '../models/index.js';
import type { EngineContext, RankedList, RequestContext } from './context.js';
import { likedItems } from './likedItems.js';
import { sessionItems } from './session.js';
import { Shares } from './shares.js';
import { untaught } from './shelf.js';

type Evidence = Reason['items'][number];

/** Why each of these items is on the list: the rule that put it there, with this shopper's own events as evidence. */
export function explain(
  engine: EngineContext,
  context: RequestContext,
  list: RankedList,
  handles: readonly number[],
): Reason[] {
  const { scenario } = context.request;
  const personal = scenario === 'home' ? profileEvidence(engine, context, handles) : undefined;
  const ofSeeds = seedEvidence(engine, list.seeds ?? [], scenario === 'similar');
  return handles.map((handle) => {
    if (list.due?.has(handle)) return due(engine, handle);
    const guest = list.fresh?.has(handle) && list.score(handle) === 0;
    if (scenario === 'new' || guest) return { kind: 'new', items: [], text: 'New in this shop' };
    if (scenario === 'trending' || list.score(handle) === 0) return popular(engine, handle);
    if (personal) return personal(handle) ?? popular(engine, handle);
    const seeds = ofSeeds(handle);
    if (seeds.length === 0) return popular(engine, handle);
    return scenario === 'similar'
      ? { kind: 'similar', items: seeds, text: `Like ${names(seeds)}` }
      : { kind: 'bought_together', items: seeds, text: `Often bought with ${names(seeds)}` };
  });
}

function due({ catalogue }: EngineContext, handle: number): Reason {
  const { id, title } = catalogue.item(handle)!;
  return {
    kind: 'due',
    items: [{ id, ...titled(title), share: 1 }],
    text: 'You may need it again',
  };
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
  substitutes: boolean,
): (handle: number) => Evidence[] {
  const shares = new Shares();
  const described = (id: string, share: number): Evidence => ({
    id,
    ...titled(catalogue.get(id)?.title),
    share,
  });
  return (handle) => {
    for (const seed of seeds) {
      const share = substitutes ? 1 : relations.together('bought', seed, handle);
      shares.add(shares.slot(catalogue.id(seed)), share);
    }
    return shares.take(described);
  };
}

/**
 * What the shopper did in this session and what the model says of their past, both by item. What is the same for all
 * items of the list is looked up once.
 */
function profileEvidence(
  engine: EngineContext,
  { profile, now }: RequestContext,
  handles: readonly number[],
): (handle: number) => Reason | undefined {
  const { catalogue, relations, model } = engine;
  const session = sessionItems(profile, now).map(({ event, weight }) => ({
    id: event.item,
    seed: catalogue.find(event.item),
    weight,
  }));
  const shelf = model?.model.shelf ?? untaught;
  const earlier = shelf.titles > 0 ? earlierItems(profile, session, catalogue) : [];
  const attributed = model?.attribute(profile, now, handles);
  const last = lastEvents(profile);
  const verbOf = (type: string): string =>
    verbs.get(type) ?? verbs.get(engine.state.meaning(type) ?? '') ?? 'chose';
  const shares = new Shares();
  const slots = profile.events.map(({ item }) => shares.slot(item));
  const described = (id: string, share: number): Evidence => {
    const title = catalogue.get(id)?.title;
    const event = last.get(id);
    return { id, ...titled(title), ...(event && { event: event.type, time: event.time }), share };
  };
  return (handle) => {
    for (const { id, seed, weight } of session) {
      if (seed < 0) continue;
      const together = togetherAnyhow(relations, seed, handle);
      shares.add(shares.slot(id), weight * Math.max(together, relations.similarity(seed, handle)));
    }
    for (const { id, seed, weight } of earlier) {
      // Before a model has learned it, what was liked with an item speaks for the shelf by itself.
      const together = model ? 0 : togetherAnyhow(relations, seed, handle);
      shares.add(shares.slot(id), weight * Math.max(together, relations.similarity(seed, handle)));
    }
    addShares(shares, slots, attributed?.get(handle));
    const evidence = shares.take(described);
    if (evidence.length > 0) return { kind: 'because', items: evidence, text: because(evidence, verbOf) };
    return model?.knows(profile)
      ? { kind: 'model', items: [], text: 'Chosen from all you have looked at and bought' }
      : undefined;
  };
}

const togetherAnyhow = (relations: EngineContext['relations'], a: number, b: number): number =>
  Math.max(relations.together('bought', a, b), relations.together('viewed', a, b));

/** The last items before this session: what is like one of them by its title is here because of it. */
function earlierItems(
  profile: Profile,
  session: readonly { id: string }[],
  catalogue: EngineContext['catalogue'],
): { id: string; seed: number; weight: number }[] {
  const seen = new Set(session.map(({ id }) => id));
  return likedItems(profile, earlierLookedAt + seen.size)
    .filter((id) => !seen.has(id))
    .map((id, at) => ({ id, seed: catalogue.find(id), weight: titleFade(at) }))
    .filter(({ seed }) => seed >= 0);
}
const earlierLookedAt = 10;

/** What a model says of each event, brought to a sum of 1; `slots` has the item of each. */
function addShares(shares: Shares, slots: readonly number[], attributed: Float32Array | undefined): void {
  if (!attributed) return;
  let total = 0;
  for (let at = 0; at < attributed.length; at++) total += Math.max(0, attributed[at]!);
  if (total === 0) return;
  for (let at = 0; at < attributed.length; at++)
    if (attributed[at]! > 0) shares.add(slots[at]!, attributed[at]! / total);
}

function lastEvents(profile: Profile): Map<string, ProfileEvent> {
  return new Map(profile.events.filter(({ weight }) => weight > 0).map((event) => [event.item, event]));
}

const verbs = new Map([
  ['view', 'viewed'],
  ['click', 'clicked'],
  ['wish', 'wished for'],
  ['add_to_cart', 'put in your basket'],
  ['cart', 'put in your basket'],
  ['purchase', 'bought'],
  ['rate', 'rated'],
  ['play', 'played'],
  ['read', 'read'],
  ['like', 'liked'],
  ['share', 'shared'],
  ['follow', 'followed'],
]);

function because(evidence: readonly Evidence[], verbOf: (type: string) => string): string {
  const [first] = evidence;
  const verb = verbOf(first!.event ?? '');
  const name = first!.title ?? first!.id;
  return verb === 'put in your basket'
    ? `Because you put ${name} in your basket`
    : `Because you ${verb} ${name}`;
}

function names(evidence: readonly Evidence[]): string {
  return evidence.map(({ id, title }) => title ?? id).join(' and ');
}

/** A title of blanks and invisible characters names nothing: then the id does. */
function titled(title: string | undefined): { title?: string } {
  return title !== undefined && /[\p{L}\p{N}\p{P}\p{S}]/u.test(title) ? { title } : {};
}
