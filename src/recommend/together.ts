import type { Profile } from '../core/index.js';
import type { EngineContext } from './context.js';
import { likedItems } from './likedItems.js';
import type { Scores } from './scores.js';

/** Things the shopper liked that are looked at, the last ones, and what each counts of the one after it. */
const liked = { most: 10, fade: 0.7 };
/** What the best of what was liked together counts beside the best by titles (chosen on Beauty's validation). */
const togetherWeight = 0.3;

/**
 * Before a model has learned what goes with what: what is like the shopper's items, and what others bought or looked at
 * with them, of any day. Scores are good until the next request.
 */
export function withTogether(engine: EngineContext, profile: Profile, like: Scores): Scores {
  const { accumulator } = engine;
  const together = togetherScores(engine, profile);
  if (together.size === 0) return like;
  if (like.size > 0) accumulator.addScaled(like, 1);
  accumulator.addScaled(together, togetherWeight);
  return accumulator.drain();
}

function togetherScores({ catalogue, relations, accumulator }: EngineContext, profile: Profile): Scores {
  for (const [place, id] of likedItems(profile, liked.most).entries()) {
    const seed = catalogue.find(id);
    if (seed < 0) continue;
    const weight = liked.fade ** place;
    for (const kind of ['bought', 'viewed'] as const)
      relations.eachTogether(kind, seed, (other, strength) => {
        accumulator.add(other, weight * strength);
      });
  }
  return accumulator.drain();
}
