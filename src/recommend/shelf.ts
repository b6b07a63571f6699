import type { Shelf } from '../models/index.js';
import type { EngineContext, RequestContext } from './context.js';
import { popularItems } from './fallback.js';
import { fuse, type Scores } from './scores.js';
import { sessionScores } from './session.js';

/** What a `home` shelf is made of. */
export const ingredients = ['model', 'session', 'titles', 'popular'] as const;
export type Lists = Record<(typeof ingredients)[number], readonly number[]>;

/** Before anything was learned of a shop: what it looks at now first, then what is like all it looked at. */
export const untaught: Shelf = { model: 1, session: 1, titles: 0.5, popular: 0, variants: false };

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
  const asked = shelf.model !== 0 && model?.knows(profile) ? model : undefined;
  const found = asked ? await asked.retrieve(profile, now, wanted, allowed) : [];
  // Scores of the others are good until the next request only: no waiting in between.
  const session = shelf.session === 0 ? [] : sessionScores(engine, profile, now).top(wanted, allowed);
  const titles = shelf.titles === 0 ? [] : likeTitles.ofProfile(profile).top(wanted, allowed);
  const popular = shelf.popular === 0 ? [] : [...popularItems(engine, { now, count: wanted / 2 }, allowed)];
  return { model: found, session, titles, popular };
}

/** The lists as one, by their ranks. */
export function fusedShelf(
  { accumulator }: Pick<EngineContext, 'accumulator'>,
  lists: Lists,
  shelf: Shelf,
): Scores {
  return fuse(
    ingredients.map((name) => ({ handles: lists[name], weight: shelf[name] })),
    accumulator,
  );
}
