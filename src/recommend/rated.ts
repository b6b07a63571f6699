import { kindsOf } from '../catalogue/index.js';
import type { Profile } from '../core/index.js';
import type { EngineContext } from './context.js';
import { popularItems } from './fallback.js';
import { likedItems } from './likedItems.js';
import type { Scores } from './scores.js';

/** Items the shopper liked that are looked at, the last ones. */
const likedLookedAt = 40;
/** How far down what is liked by all is looked for the shopper's categories, and from which place on it counts half. */
const popularLookedAt = 500;
const popularHalf = 20;
/** What was liked together beside what is liked by all (chosen on a quarter of ml-100k's raters). */
const togetherWeight = 2;
/** Places after which something liked counts half. */
const halfLife = 4;

/** Whether what a shopper said is mostly ratings: of films or books, whose titles are names and not what they are. */
export function mostlyRates({ state }: EngineContext, { events }: Profile): boolean {
  const rated = events.filter(({ type }) => state.meaning(type) === 'rate').length;
  return rated > events.length / 2;
}

/**
 * What a shop of ratings can say before anything was trained: what others liked in the visits in which they liked what
 * this shopper likes, and what all like of the categories that this shopper likes.
 */
export function ratedScores(
  engine: EngineContext,
  profile: Profile,
  now: number,
  allowed: (handle: number) => boolean,
): Scores {
  const { catalogue, relations, accumulator } = engine;
  const taste = new Map<string, number>();
  for (const [place, id] of likedItems(profile, likedLookedAt).entries()) {
    const weight = 2 ** (-place / halfLife);
    const seed = catalogue.find(id);
    if (seed < 0) continue;
    const own = kindsOf(catalogue.item(seed));
    for (const category of own)
      taste.set(category, (taste.get(category) ?? 0) + weight / Math.sqrt(own.length));
    relations.eachTogether('viewed', seed, (other, strength) => {
      accumulator.add(other, weight * strength);
    });
  }
  const together = accumulator.drain();
  let place = 0;
  for (const handle of popularItems(engine, { now, count: popularLookedAt / 2 }, allowed)) {
    const own = kindsOf(catalogue.item(handle));
    const liked = own.reduce((sum, category) => sum + (taste.get(category) ?? 0), 0);
    if (liked > 0)
      accumulator.add(handle, liked / Math.sqrt(own.length) / Math.log2(2 + place / popularHalf));
    place++;
  }
  const popular = accumulator.drain();
  if (together.size > 0) accumulator.addScaled(together, togetherWeight);
  if (popular.size > 0) accumulator.addScaled(popular, 1);
  return accumulator.drain();
}
