import { type Catalogue, openCatalogue, TitleIndex } from '../catalogue/index.js';
import { type Event, type EventTable, eventWeight, random } from '../core/index.js';
import { coordinateAscent, rankingMetrics } from '../math/index.js';
import type { Shelf } from '../models/index.js';
import { ShopState } from '../projections/index.js';
import { memoryStore } from '../storage/index.js';
import type { ShelfLesson } from '../train/index.js';
import type { EngineContext } from './context.js';
import { DeployedModel } from './deployed.js';
import { diversify } from './diversity.js';
import { handlesOf } from './eligibility.js';
import { LikeTitles } from './likeTitles.js';
import { Newest } from './newest.js';
import { Popular } from './popular.js';
import { Relations, variantSimilarity } from './relations.js';
import { ScoreAccumulator } from './scores.js';
import { fusedShelf, ingredients, type Lists, shelfLists } from './shelf.js';

/** Moments of the window at which the shelf is asked: more change the weights little. */
const moments = 800;
/** Events folded before the window: what is older has faded. */
const warming = 300_000;
/** The popular list is made anew so often in a window. */
const refreshes = 40;
/** Best of each ingredient that are looked at. */
const wanted = 40;
const steps = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 4];
/** Keeping variants of one thing apart may cost so much of NDCG. */
const diversityCost = 0.01;

/** What the ingredients said at one moment, and what the shopper did next. */
interface Moment {
  lists: Lists;
  /** Handles of items new to the shopper. */
  targets: ReadonlySet<number>;
}

/**
 * How much each ingredient of the `home` shelf counts: the window is lived through once more, event by event, by the
 * same code that serves, and before some of its events the ingredients are asked what comes. Weights go up from the best
 * ingredient alone, so on the held-out window a shelf is no worse than any of them.
 */
export async function learnShelf(lesson: ShelfLesson): Promise<Shelf> {
  const { model, catalogue: entries } = lesson;
  const catalogue = openCatalogue(memoryStore().facts);
  await catalogue.put([...entries.values()]);
  const deployed = await DeployedModel.prepare('held out', model, catalogue);
  const lived = await liveThrough(lesson, catalogue, deployed);
  deployed.release();
  if (lived.moments.length === 0) return { model: 1, session: 1, titles: 0, popular: 0, variants: false };
  const quality = (weights: readonly number[]): number =>
    ndcgOf(lived.engine, lived.moments, shelfOf(weights));
  const alone = ingredients.map((_, at) => ingredients.map((__, other) => (at === other ? 1 : 0)));
  const single = alone.map(quality);
  const fixed = single.indexOf(Math.max(...single));
  const shelf = shelfOf(coordinateAscent({ start: alone[fixed]!, fixed, steps, rounds: 3 }, quality));
  const apart = ndcgOf(lived.engine, lived.moments, { ...shelf, variants: false });
  const together = ndcgOf(lived.engine, lived.moments, shelf);
  return { ...shelf, variants: apart < (1 - diversityCost) * together };
}

function shelfOf(weights: readonly number[]): Shelf {
  const [model = 0, session = 0, titles = 0, popular = 0] = weights;
  return { model, session, titles, popular, variants: true };
}

async function liveThrough(
  { events, window: { from, to }, seed, table }: ShelfLesson,
  catalogue: Catalogue,
  model: DeployedModel,
): Promise<{ engine: EngineContext; moments: Moment[] }> {
  const state = new ShopState(memoryStore().state, catalogue.dictionary, {
    table,
    residentShoppers: Number.POSITIVE_INFINITY,
  });
  const relations = new Relations(state, new TitleIndex(catalogue));
  const likeTitles = new LikeTitles(catalogue);
  const accumulator = new ScoreAccumulator();
  const first = events.findIndex(({ time }) => time >= from);
  const asked = chosenMoments(events, { from, to, seed, table });
  const engine: EngineContext = {
    catalogue,
    state,
    relations,
    likeTitles,
    popular: new Popular(catalogue, state),
    newest: new Newest(catalogue),
    model,
    interests: () => new Map(),
    accumulator,
  };
  const moments: Moment[] = [];
  const every = Math.ceil(asked.size / refreshes);
  const start = Math.max(0, first - warming);
  for (let at = start; at < events.length; at++) {
    const event = events[at]!;
    if (event.time >= to && event.time >= from) break;
    if (asked.has(at)) {
      if (moments.length % every === 0) engine.popular = new Popular(catalogue, state);
      const moment = await momentOf(engine, event);
      if (moment) moments.push(moment);
    }
    // The fold keeps what it is given, and these events are the training's.
    state.apply(at - start, { ...event });
  }
  return { engine, moments };
}

/** Places of events in the window that say what a shopper known before wanted next. */
function chosenMoments(
  events: readonly Event[],
  { from, to, seed, table }: { from: number; to: number; seed: number; table: EventTable },
): Set<number> {
  const known = new Set<string>();
  const possible: number[] = [];
  events.forEach(({ time, user, type, items }, at) => {
    if (eventWeight(table, type) <= 0 || items.length === 0) return;
    if (time >= from && time < to && known.has(user)) possible.push(at);
    known.add(user);
  });
  return new Set(random(seed).shuffle(possible).slice(0, moments));
}

async function momentOf(engine: EngineContext, event: Event): Promise<Moment | undefined> {
  const { catalogue, state } = engine;
  const profile = state.profile(event.user, event.time);
  const touched = handlesOf(catalogue, [
    ...profile.events.map(({ item }) => item),
    ...(profile.touchedBefore ?? []),
  ]);
  const fresh = (handle: number): boolean => handle >= 0 && catalogue.shown(handle) && !touched.has(handle);
  const targets = new Set(event.items.map(({ id }) => catalogue.find(id)).filter(fresh));
  if (targets.size === 0) return undefined;
  const context = { profile, now: event.time, count: wanted / 2 };
  const lists = await shelfLists(engine, context, everything, wanted, fresh);
  return { lists, targets };
}

const everything: Shelf = { model: 1, session: 1, titles: 1, popular: 1, variants: true };

/** Mean NDCG@10 of the fused shelf, what is popular behind it where it is short: as it is served. */
function ndcgOf(engine: EngineContext, all: readonly Moment[], shelf: Shelf): number {
  const alike = (a: number, b: number): boolean => engine.relations.similarity(a, b) > variantSimilarity;
  let total = 0;
  for (const { lists, targets } of all) {
    const ranked = fusedShelf(engine, lists, shelf).top(wanted);
    const shown = new Set((shelf.variants ? ranked : diversify(ranked, alike)).slice(0, 10));
    for (const handle of lists.popular) if (shown.size < 10) shown.add(handle);
    total += rankingMetrics([...shown], targets, 10).ndcg;
  }
  return total / all.length;
}
