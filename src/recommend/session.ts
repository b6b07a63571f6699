import type { Profile, ProfileEvent } from '../core/index.js';
import type { Lately } from '../projections/index.js';
import type { EngineContext } from './context.js';
import type { Scores } from './scores.js';

/** A shopper is still after what they did so recently, ms. */
export const sessionMs = 30 * 60_000;
const sessionEvents = 5;
const fadePerEvent = 0.7;

/** Last items of this session, newest first, each with how much it still counts. */
export function sessionItems(profile: Profile, now: number): { event: ProfileEvent; weight: number }[] {
  const found: { event: ProfileEvent; weight: number }[] = [];
  const seen = new Set<string>();
  for (let at = profile.events.length - 1; at >= 0 && found.length < sessionEvents; at--) {
    const event = profile.events[at]!;
    if (now - event.time > sessionMs) break;
    if (event.weight <= 0 || seen.has(event.item)) continue;
    seen.add(event.item);
    found.push({ event, weight: fadePerEvent ** found.length });
  }
  return found;
}

/** What relates to the last items of this session, by live statistics. */
export function sessionScores(engine: EngineContext, profile: Profile, now: number): Scores {
  const { catalogue, state, relations, model, accumulator } = engine;
  for (const { event, weight } of sessionItems(profile, now)) {
    const seed = catalogue.find(event.item);
    if (seed < 0) continue;
    accumulator.addScaled(relations.complements(seed), weight);
    // After a purchase one wants what goes with it, not another of it.
    if (state.meaning(event.type) !== 'purchase')
      accumulator.addScaled(relations.substitutes(seed, model), weight);
  }
  return accumulator.drain();
}

/** What lately went with the last items of this session, by statistics that fade. */
export function latelyScores(engine: EngineContext, profile: Profile, now: number, lately: Lately): Scores {
  const { catalogue, state, accumulator } = engine;
  for (const { event, weight } of sessionItems(profile, now)) {
    const seed = catalogue.find(event.item);
    if (seed < 0) continue;
    state.pairs.lately.each(seed, lately, now, (other, count) => {
      accumulator.add(other, weight * count);
    });
  }
  return accumulator.drain();
}
