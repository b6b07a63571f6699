import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { diversify } from '../diversity.js';
import { handlesOf } from '../eligibility.js';
import { catalogueItems, fill, popularItems } from '../fallback.js';
import { variantSimilarity } from '../relations.js';
import { fuse } from '../scores.js';
import { sessionScores } from '../session.js';

/**
 * The model over the profile, fused with what relates to the last things the shopper did in this session: those
 * come from live statistics, so the list moves with each event whatever the model learned. What they have
 * already touched is left out, unless there is nothing else.
 */
export async function home(engine: EngineContext, context: RequestContext): Promise<RankedList> {
  const { catalogue, relations, model } = engine;
  const { profile, now, allowed, count } = context;
  const touched = handlesOf(
    catalogue,
    profile.events.map(({ item }) => item),
  );
  const fresh = (handle: number): boolean => allowed(handle) && !touched.has(handle);
  const wanted = 2 * count + 20;
  const weights = engine.weights ?? alike;
  const lists = [];
  if (model?.knows(profile)) {
    lists.push({ handles: await model.retrieve(profile, now, wanted, fresh), weight: weights.model });
  }
  const session = sessionScores(engine, profile, now);
  if (session.size > 0) lists.push({ handles: session.top(wanted, fresh), weight: weights.session });
  if (weights.popular > 0 && lists.length > 0) {
    lists.push({ handles: [...popularItems(engine, context, fresh)], weight: weights.popular });
  }
  const scores = fuse(lists, engine.accumulator);
  const variants = (a: number, b: number): boolean => relations.similarity(a, b) > variantSimilarity;
  const personal = diversify(scores.top(wanted), variants).slice(0, count);
  const handles = fill(personal, count, [
    popularItems(engine, context, fresh),
    popularItems(engine, context, allowed),
    catalogueItems(engine, context, allowed),
  ]);
  return { handles, score: (handle) => scores.get(handle) };
}

/** Before anything was learned of them. What is popular only completes a list then. */
const alike = { model: 1, session: 1, popular: 0 };
