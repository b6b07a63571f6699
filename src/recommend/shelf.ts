import type { Shelf } from '../models/index.js';
import type { EngineContext, RequestContext } from './context.js';
import { popularItems } from './fallback.js';
import { mostlyRates, ratedScores } from './rated.js';
import { fuse, type Scores } from './scores.js';
import { latelyScores, sessionScores } from './session.js';
import { withTogether } from './together.js';

/** What a `home` shelf is made of. */
export const ingredients = ['model', 'session', 'titles', 'popular'] as const;
/** What joins them where weights are learned from what happens. */
const fading = ['today', 'hours'] as const;
export type Lists = Record<(typeof ingredients)[number], readonly number[]> &
  Partial<Record<(typeof fading)[number], readonly number[]>>;

/** Before anything was learned of a shop: what is like all that was looked at, then what goes with the last of it (chosen on Beauty's validation). */
export const untaught: Shelf = { model: 2, session: 0.35, titles: 1, popular: 0, variants: false };

/** The best `wanted` of each ingredient, by handle; of those that count nothing none. */
export async function shelfLists(
  engine: EngineContext,
  context: Pick<RequestContext, 'profile' | 'now' | 'count'>,
  shelf: Shelf,
  wanted: number,
  allowed: (handle: number) => boolean,
): Promise<Lists> {
  const { model, likeTitles } = engine;
  const { profile, now } = context;
  const { bought, viewed } = engine.state.pairs;
  const visits = (handle: number): number => bought.baskets(handle) + viewed.baskets(handle);
  const asked = shelf.model !== 0 && model?.knows(profile) ? model : undefined;
  const found = asked ? await asked.retrieve(profile, now, wanted, allowed) : [];
  // Scores of the others are good until the next request only: no waiting in between.
  const session = shelf.session === 0 ? [] : sessionScores(engine, profile, now).top(wanted, allowed);
  const faded = fading
    .filter((name) => (shelf[name] ?? 0) !== 0)
    .map((name) => [name, latelyScores(engine, profile, now, name).top(wanted, allowed)] as const);
  const like = (): Scores => {
    if (model) return likeTitles.ofProfile(profile, visits);
    // Titles of what is rated are names: before a model has learned more, what was liked together says what is alike.
    if (mostlyRates(engine, profile)) return ratedScores(engine, profile, now, allowed);
    return withTogether(engine, profile, likeTitles.ofProfile(profile, visits));
  };
  const titles = shelf.titles === 0 ? [] : like().top(wanted, allowed);
  const popular = shelf.popular === 0 ? [] : [...popularItems(engine, { now, count: wanted / 2 }, allowed)];
  return { model: found, session, titles, popular, ...Object.fromEntries(faded) };
}

/** The lists as one, by their ranks; `searched` is what the shopper's searches ask for, which counts whole. */
export function fusedShelf(
  { accumulator }: Pick<EngineContext, 'accumulator'>,
  lists: Lists,
  shelf: Shelf,
  searched: readonly number[] = [],
): Scores {
  const weighed = [...ingredients, ...fading].map((name) => ({
    handles: lists[name] ?? [],
    weight: shelf[name] ?? 0,
  }));
  return fuse([...weighed, { handles: searched, weight: 1 }], accumulator);
}

/** Items that the shopper's repeated searches ask for, best first. */
export function searchedItems(
  { interests, accumulator }: EngineContext,
  { profile, now }: Pick<RequestContext, 'profile' | 'now'>,
  wanted: number,
  allowed: (handle: number) => boolean,
): number[] {
  for (const [handle, score] of interests(profile.user, now)) accumulator.add(handle, score);
  return accumulator.drain().top(wanted, allowed);
}
