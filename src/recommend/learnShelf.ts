import { type Catalogue, openCatalogue, TitleIndex } from '../catalogue/index.js';
import { EndcapError, eventWeight, meaningIn, random } from '../core/index.js';
import { coordinateAscent, rankingMetrics } from '../math/index.js';
import type { Shelf } from '../models/index.js';
import { ShopState } from '../projections/index.js';
import { memoryStore } from '../storage/index.js';
import type { LearnedShelf, ShelfLesson, ShelfWindow } from '../train/index.js';
import type { EngineContext } from './context.js';
import { DeployedModel } from './deployed.js';
import { diversify } from './diversity.js';
import { handlesOf } from './eligibility.js';
import { LikeTitles } from './likeTitles.js';
import { Newest } from './newest.js';
import { Popular } from './popular.js';
import { Relations, variantSimilarity } from './relations.js';
import { ScoreAccumulator } from './scores.js';
import { sessionMs } from './session.js';
import { fusedShelf, ingredients, type Lists, shelfLists, untaught } from './shelf.js';

/** Cases, and moments within a visit, at which the shelf is asked: more change the weights little. */
const most = 4_000;
/** Fewer moments within a visit say too little of what counts there; then the visit counts so much. */
const fewVisits = 50;
const unlearnedSession = 0.5;
/** Events folded before the window: what is older has faded. */
const warming = 300_000;
/** The popular list is made anew so often in a window. */
const refreshes = 40;
/** Events folded between two looks at the clock. */
const eventsAtOnce = 500;
/** Best of each ingredient that are looked at. */
const wanted = 40;
const steps = [0, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2.5, 4];
/** An ingredient stays if it gains more than so many standard errors of the gain: some forty weights are tried, one of which gains two by chance. */
const surely = 3;
const [model, session] = [ingredients.indexOf('model'), ingredients.indexOf('session')];

/** What the ingredients said at one moment, and what the shopper did after it. */
interface Moment {
  lists: Lists;
  /** Handles of items new to the shopper. */
  targets: ReadonlySet<number>;
  /** How many they wanted, of which the catalogue may lack some. */
  total: number;
}

/** A moment at which the shelf is asked, and the ids of what came after it. */
interface Asked {
  user: string;
  now: number;
  targets: ReadonlySet<string>;
}

/**
 * How much each ingredient of the `home` shelf counts: the window is lived through once more, event by event, by the
 * same code that serves, and the ingredients are asked at the cases on which models are compared, so that a shelf is good
 * where its model was measured. Weights go up from the model alone, or from what is surely better alone, and what does not
 * surely gain is left out: on the held-out window no ingredient is surely better, and often it is the model alone. What
 * gains in that window and not in the one after it was a matter of the season, and is left out too. What a running visit
 * counts is learned at moments within visits, where the cases are none.
 */
export async function learnShelf(lesson: ShelfLesson): Promise<LearnedShelf> {
  // The model was measured; where it knows nothing of what is wanted, what served without it goes on.
  const unlearned: Shelf = mostlyNewer(lesson)
    ? { ...untaught, model: 0 }
    : { model: 1, session: 1, titles: 0, popular: 0, variants: false };
  const again = mostlyAgain(lesson);
  try {
    return { shelf: { ...((await learned(lesson)) ?? unlearned), again }, late: false };
  } catch (error) {
    if (error instanceof EndcapError && error.code === 'out_of_time')
      return { shelf: { ...unlearned, again }, late: true };
    throw error;
  }
}

/** Undefined where there are no cases. Throws `out_of_time`. */
async function learned(lesson: ShelfLesson): Promise<Shelf | undefined> {
  const tell = teller(lesson);
  tell();
  const catalogue = openCatalogue(memoryStore().facts);
  await catalogue.put([...lesson.catalogue.values()]);
  const { engine, cases, visits } = await liveThrough(lesson, lesson, catalogue);
  if (cases.length === 0) return undefined;
  const on =
    (engine: EngineContext, moments: readonly Moment[]) =>
    (weights: readonly number[]): Float64Array => {
      tell();
      return qualityOf(engine, moments, shelfOf(weights));
    };
  let weights = learnWeights(on(engine, cases));
  if (lesson.later && weights.some((weight, at) => weight > 0 && at !== model)) {
    const after = await liveThrough(lesson, lesson.later, catalogue);
    weights = stillGaining(weights, on(after.engine, after.cases));
  }
  if (cases.filter(({ lists }) => lists.session.length > 0).length < fewVisits)
    weights[session] =
      visits.length < fewVisits ? unlearnedSession : bestSession(weights, on(engine, visits));
  const shelf = shelfOf(weights);
  // Variants of one thing are kept apart where that costs nothing.
  const apart = mean(qualityOf(engine, cases, { ...shelf, variants: false }));
  return { ...shelf, variants: apart < mean(qualityOf(engine, cases, shelf)) };
}

/** Says that it goes on. */
function teller({ progress }: ShelfLesson): () => void {
  let steps = 0;
  return () => progress({ phase: 'learning the shelf', done: steps++, total: 0 });
}

/** Whether most of what shoppers known before bought in the window they had bought before it, or twice in it. */
function mostlyAgain({ events, window: { from, to }, table }: ShelfLesson): boolean {
  const had = new Map<string, Set<string>>();
  const bought = { again: 0, all: 0 };
  for (const { time, user, type, items } of events) {
    if (time >= to) break;
    if (meaningIn(table, type) !== 'purchase') continue;
    const own = had.get(user);
    if (own && time >= from) {
      bought.all += items.length;
      for (const { id } of items) if (own.has(id)) bought.again++;
    }
    had.set(
      user,
      items.reduce((all, { id }) => all.add(id), own ?? new Set<string>()),
    );
  }
  return 2 * bought.again > bought.all;
}

/**
 * From one ingredient alone up, then without those that do not surely gain, the smallest first. It begins with the model,
 * which was compared with others, unless another is surely better alone: of two that are equal but for chance the one that
 * happens to lead would shut the other out, though both together surely gain on the model.
 */
export function learnWeights(byCase: (weights: readonly number[]) => Float64Array): number[] {
  const quality = (weights: readonly number[]): number => mean(byCase(weights));
  const alone = ingredients.map((_, at) => ingredients.map((__, other) => (at === other ? 1 : 0)));
  const single = alone.map(byCase);
  const best = single.reduce((most, one, at) => (mean(one) > mean(single[most]!) ? at : most), 0);
  const fixed = isSure(single[best]!, single[model]!) ? best : model;
  const weights = coordinateAscent({ start: alone[fixed]!, fixed, steps, rounds: 3 }, quality);
  return withoutIdle(weights, fixed, (own, without) => isSure(byCase(own), byCase(without)));
}

/** Without what does not gain at later cases; the model stays, and what is left alone. */
export function stillGaining(
  learned: readonly number[],
  byCase: (weights: readonly number[]) => Float64Array,
): number[] {
  return withoutIdle(learned, model, (own, without) => mean(byCase(own)) > mean(byCase(without)));
}

/** Without the ingredients that do not gain, the smallest first; one stays in any case, and what is left alone. */
function withoutIdle(
  learned: readonly number[],
  fixed: number,
  gains: (own: readonly number[], without: readonly number[]) => boolean,
): number[] {
  let weights = [...learned];
  for (const at of [...weights.keys()].sort((a, b) => weights[a]! - weights[b]!)) {
    const without = weights.with(at, 0);
    if (at === fixed || weights[at] === 0 || without.every((weight) => weight === 0)) continue;
    if (!gains(weights, without)) weights = without;
  }
  return weights;
}

/** Whether what is better on the mean is so by more than chance. */
function isSure(better: Float64Array, worse: Float64Array): boolean {
  const gains = better.map((value, at) => value - worse[at]!);
  const gain = mean(gains);
  const variance = gains.reduce((sum, each) => sum + (each - gain) ** 2, 0) / gains.length;
  return gain > surely * Math.sqrt(variance / gains.length);
}

const mean = (values: Float64Array): number => values.reduce((sum, each) => sum + each, 0) / values.length;

function bestSession(
  weights: readonly number[],
  byCase: (weights: readonly number[]) => Float64Array,
): number {
  const found = steps.map((step) => mean(byCase(weights.with(session, step))));
  return steps[found.indexOf(Math.max(...found))]!;
}

function shelfOf(weights: readonly number[]): Shelf {
  const [model = 0, session = 0, titles = 0, popular = 0] = weights;
  return { model, session, titles, popular, variants: true };
}

async function liveThrough(
  lesson: ShelfLesson,
  of: ShelfWindow,
  catalogue: Catalogue,
): Promise<{ engine: EngineContext; cases: Moment[]; visits: Moment[] }> {
  const { events, seed, table } = lesson;
  const { window, model } = of;
  const state = new ShopState(memoryStore().state, catalogue.dictionary, {
    table,
    residentShoppers: Number.POSITIVE_INFINITY,
  });
  const tell = teller(lesson);
  const engine: EngineContext = {
    catalogue,
    state,
    relations: new Relations(state, new TitleIndex(catalogue)),
    likeTitles: new LikeTitles(catalogue),
    popular: new Popular(catalogue, state),
    newest: new Newest(catalogue),
    model: await DeployedModel.prepare('held out', model, catalogue),
    interests: () => new Map(),
    accumulator: new ScoreAccumulator(),
  };
  const drawn = <T>(all: readonly T[]): T[] =>
    random(seed)
      .shuffle([...all])
      .slice(0, most);
  const asked = [
    ...drawn(askedOf(lesson, of)).map((one) => ({ ...one, within: false })),
    ...drawn(withinVisits({ events, window, table })).map((visit) => ({ ...visit, within: true })),
  ].sort((a, b) => a.now - b.now);
  const [cases, visits]: [Moment[], Moment[]] = [[], []];
  const refreshMs = (window.to - window.from) / refreshes;
  const first = events.findIndex(({ time }) => time >= window.from);
  let at = Math.max(0, first - warming);
  const start = at;
  let refreshed = Number.NEGATIVE_INFINITY;
  for (const one of asked) {
    // The fold keeps what it is given, and these events are the training's.
    for (; at < events.length && events[at]!.time < one.now; at++) {
      if (at % eventsAtOnce === 0) tell();
      state.apply(at - start, { ...events[at]! });
    }
    tell();
    if (one.now - refreshed > refreshMs) {
      engine.popular = new Popular(catalogue, state);
      refreshed = one.now;
    }
    const moment = await momentOf(engine, one);
    if (moment) (one.within ? visits : cases).push(moment);
  }
  return { engine, cases, visits };
}

/** Whether most of what is wanted in the window came after it began, as news: whatever was learned before knows nothing of it. */
function mostlyNewer({ cases, model: { items } }: ShelfWindow): boolean {
  let [known, all] = [0, 0];
  for (const { targets } of cases) {
    all += targets.size;
    for (const id of targets) if (items.row(id) >= 0) known++;
  }
  return 2 * known < all;
}

/**
 * The cases on which models are compared; where they tell nothing of what serves from moment to moment, each event of
 * somebody known is one, as of its time.
 */
function askedOf({ events, table }: ShelfLesson, of: ShelfWindow): Asked[] {
  const { window, cases } = of;
  if (mostlyNewer(of)) return withinVisits({ events, window, table }, Number.MAX_VALUE);
  return cases.map(({ profile: { user }, now, targets }) => ({ user, now, targets }));
}

/** Events of the window that follow another of the same shopper within a visit, or within `longest` ms: what they wanted next. */
export function withinVisits(
  { events, window: { from, to }, table }: Pick<ShelfLesson, 'events' | 'window' | 'table'>,
  longest = sessionMs,
): Asked[] {
  const last = new Map<string, number>();
  const found: Asked[] = [];
  for (const { time, user, type, items } of events) {
    if (time >= to) break;
    if (eventWeight(table, type) <= 0 || items.length === 0) continue;
    const since = time - (last.get(user) ?? Number.NEGATIVE_INFINITY);
    last.set(user, time);
    if (time < from || since <= 0 || since > longest) continue;
    found.push({ user, now: time, targets: new Set(items.map(({ id }) => id)) });
  }
  return found;
}

async function momentOf(engine: EngineContext, { user, now, targets }: Asked): Promise<Moment | undefined> {
  const { catalogue, state } = engine;
  const profile = state.profile(user, now);
  const touched = handlesOf(catalogue, [
    ...profile.events.map(({ item }) => item),
    ...(profile.touchedBefore ?? []),
  ]);
  const fresh = (handle: number): boolean => handle >= 0 && catalogue.shown(handle) && !touched.has(handle);
  const found = new Set([...targets].map((id) => catalogue.find(id)).filter(fresh));
  if (found.size === 0) return undefined;
  const context = { profile, now, count: wanted / 2 };
  const lists = await shelfLists(engine, context, everything, wanted, fresh);
  return { lists, targets: found, total: targets.size };
}

const everything: Shelf = { model: 1, session: 1, titles: 1, popular: 1, variants: true };

/**
 * NDCG@10 and recall@20 of the fused shelf, added up, by moment: a shelf good at one end of the list must not lose the
 * other. What is popular stands behind where it is short: as it is served.
 */
function qualityOf(engine: EngineContext, all: readonly Moment[], shelf: Shelf): Float64Array {
  const alike = (a: number, b: number): boolean => engine.relations.similarity(a, b) > variantSimilarity;
  return Float64Array.from(all, ({ lists, targets, total }) => {
    const ranked = fusedShelf(engine, lists, shelf).top(wanted);
    const shown = new Set((shelf.variants ? ranked : diversify(ranked, alike)).slice(0, 20));
    for (const handle of lists.popular) if (shown.size < 20) shown.add(handle);
    const handles = [...shown];
    const { ndcg } = rankingMetrics(handles.slice(0, 10), targets, 10, total);
    return ndcg + rankingMetrics(handles, targets, 20, total).recall;
  });
}
