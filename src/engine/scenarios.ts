import type { Catalogue } from '../catalogue/index.js';
import { EndcapError, type Profile, type ProfileEvent, type RecommendRequest } from '../core/index.js';
import type { ShopState } from '../state/index.js';
import type { DeployedModel } from './deployed.js';
import { handlesOf, spread } from './policy.js';
import type { Popular } from './popular.js';
import { type Relations, variantSimilarity } from './relations.js';
import { fuse, type Scores, type Tally } from './scores.js';

/** Everything a scenario looks at. Nothing in here changes while a request is answered, but the state itself. */
export interface Scene {
  catalogue: Catalogue;
  state: ShopState;
  relations: Relations;
  popular: Popular;
  model: DeployedModel | undefined;
  /** To add up in; empty between synchronous steps. */
  tally: Tally;
}

export interface Call {
  request: RecommendRequest;
  profile: Profile;
  now: number;
  count: number;
  allowed: (handle: number) => boolean;
}

/** Candidates, best first, with the score that ranked them. */
export interface Shelf {
  handles: number[];
  score: (handle: number) => number;
  /** The item the shelf is about, for its reasons. */
  seeds?: number[];
}

/** A shopper is still after what they did so recently, ms. */
const sitting = 30 * 60_000;
const sittingEvents = 5;
const fadePerEvent = 0.7;

/**
 * The model over the profile, fused with what relates to the last things the shopper did in this sitting: those
 * come from live statistics, so the shelf moves with each event whatever the model learned. What they have
 * already touched is left out, unless there is nothing else.
 */
export async function home(scene: Scene, call: Call): Promise<Shelf> {
  const { catalogue, relations, model } = scene;
  const { profile, now, allowed, count } = call;
  const touched = handlesOf(
    catalogue,
    profile.events.map(({ item }) => item),
  );
  const fresh = (handle: number): boolean => allowed(handle) && !touched.has(handle);
  const wanted = 2 * count + 20;
  const lists = [];
  if (model?.knows(profile)) {
    lists.push({ handles: await model.retrieve(profile, now, wanted, fresh), weight: 1 });
  }
  const session = sessionScores(scene, profile, now);
  if (session.size > 0) lists.push({ handles: session.top(wanted, fresh), weight: 1 });
  const scores = fuse(lists, scene.tally);
  const alike = (a: number, b: number): boolean => relations.similarity(a, b) > variantSimilarity;
  const personal = spread(scores.top(wanted), alike).slice(0, count);
  const handles = fill(personal, count, [
    popularOf(scene, call, fresh),
    popularOf(scene, call, allowed),
    untouched(scene, call, allowed),
  ]);
  return { handles, score: (handle) => scores.get(handle) };
}

/** Instead of the item: see `Relations.substitutes`. */
export function similar(scene: Scene, call: Call): Shelf {
  const seed = seedOf(scene, call);
  return besideSeed(call, seed, scene.relations.substitutes(seed, scene.model));
}

/** Bought with the item: see `Relations.complements`. */
export function complement(scene: Scene, call: Call): Shelf {
  const seed = seedOf(scene, call);
  return besideSeed(call, seed, scene.relations.complements(seed));
}

function besideSeed(call: Call, seed: number, related: Scores): Shelf {
  const best = related.best(call.count, besides(call, [seed]));
  return { handles: [...best.handles], score: (handle) => best.get(handle), seeds: [seed] };
}

/** What completes the cart: complements of all of it together, popular things when there is none. */
export function basket(scene: Scene, call: Call): Shelf {
  const { catalogue, state, relations } = scene;
  const ids = call.request.items ?? Object.keys(state.cart(call.request.user));
  const seeds = [...handlesOf(catalogue, ids)];
  for (const seed of seeds) scene.tally.addAll(relations.complements(seed).best(100));
  const scores = scene.tally.take();
  const allowed = besides(call, seeds);
  const isVariant = (handle: number): boolean =>
    seeds.some((seed) => relations.similarity(seed, handle) >= variantSimilarity);
  const goes = scores.top(call.count, (handle) => allowed(handle) && !isVariant(handle));
  const handles = fill(goes, call.count, [popularOf(scene, call, allowed), untouched(scene, call, allowed)]);
  return { handles, score: (handle) => scores.get(handle), seeds };
}

export function trending(scene: Scene, call: Call): Shelf {
  const ranked = [...popularOf(scene, call, call.allowed)];
  const handles = ranked.length > 0 ? ranked : [...untouched(scene, call, call.allowed)];
  return { handles, score: (handle) => 1 / (1 + handles.indexOf(handle)) };
}

/** Last items of this sitting, newest first, each with how much it still counts. */
export function lastItems(profile: Profile, now: number): { event: ProfileEvent; weight: number }[] {
  const found: { event: ProfileEvent; weight: number }[] = [];
  const seen = new Set<string>();
  for (let at = profile.events.length - 1; at >= 0 && found.length < sittingEvents; at--) {
    const event = profile.events[at]!;
    if (now - event.time > sitting) break;
    if (event.weight <= 0 || seen.has(event.item)) continue;
    seen.add(event.item);
    found.push({ event, weight: fadePerEvent ** found.length });
  }
  return found;
}

function sessionScores({ catalogue, relations, model, tally }: Scene, profile: Profile, now: number): Scores {
  for (const { event, weight } of lastItems(profile, now)) {
    const seed = catalogue.find(event.item);
    if (seed < 0) continue;
    tally.addScaled(relations.complements(seed), weight);
    // After a purchase one wants what goes with it, not another of it.
    if (event.type !== 'purchase') tally.addScaled(relations.substitutes(seed, model), weight);
  }
  return tally.take();
}

function* popularOf(scene: Scene, call: Call, allowed: (handle: number) => boolean): Iterable<number> {
  let found = 0;
  for (const handle of scene.popular.ranked(call.now)) {
    if (!allowed(handle)) continue;
    yield handle;
    if (++found === 2 * call.count) break;
  }
}

/** The catalogue as it comes: what a new shop shows, and what completes a shelf when too little is known. */
function* untouched(
  { catalogue }: Scene,
  call: Call,
  allowed: (handle: number) => boolean,
): Iterable<number> {
  let found = 0;
  for (let handle = 0; handle < catalogue.handles; handle++) {
    if (!allowed(handle)) continue;
    yield handle;
    if (++found === 2 * call.count) break;
  }
}

function fill(first: readonly number[], count: number, more: readonly Iterable<number>[]): number[] {
  const filled = new Set(first);
  for (const handles of more) {
    if (filled.size >= count) break;
    for (const handle of handles) {
      if (filled.size >= count) break;
      filled.add(handle);
    }
  }
  return [...filled];
}

function besides(call: Call, seeds: readonly number[]): (handle: number) => boolean {
  return (handle) => call.allowed(handle) && !seeds.includes(handle);
}

function seedOf({ catalogue }: Scene, { request }: Call): number {
  const field = 'item';
  if (request.item === undefined) {
    const message = `The scenario ${request.scenario} needs an item`;
    const remedy = 'Send the id of the item the shopper is looking at';
    throw new EndcapError('invalid_request', message, { remedy, errors: [{ field, message, remedy }] });
  }
  const seed = catalogue.find(request.item);
  if (seed >= 0 && catalogue.item(seed)) return seed;
  const message = `There is no item "${request.item}"`;
  const remedy = 'Check the id, or put the item first';
  throw new EndcapError('unknown_item', message, {
    status: 404,
    remedy,
    errors: [{ field, message, remedy }],
  });
}
