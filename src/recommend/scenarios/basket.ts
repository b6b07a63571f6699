import { slicer } from '../../core/index.js';
import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { handlesOf } from '../eligibility.js';
import { catalogueItems, fill, popularItems } from '../fallback.js';
import { variantSimilarity } from '../relations.js';
import type { Scores } from '../scores.js';

/** Complements of one item of the cart that are looked at. */
const perSeed = 100;
/** Items of the cart, the last ones, that are looked at: a cart of hundreds must not hold other requests up. */
const seedsLookedAt = 20;
/** How long the cart is looked at before others have their turn, ms: an item that few bought takes a while. */
const sliceMs = 3;

/** What completes the cart: complements of all of it together, popular things when there is none. */
export async function basket(engine: EngineContext, context: RequestContext): Promise<RankedList> {
  const { catalogue, state, relations, accumulator } = engine;
  const ids = context.request.items ?? Object.keys(state.cart(context.request.user));
  const inCart = handlesOf(catalogue, ids);
  const seeds = [...inCart].slice(-seedsLookedAt);
  const slice = slicer(sliceMs);
  const lists: Scores[] = [];
  for (const seed of seeds) {
    lists.push(relations.complements(seed).best(perSeed).copy());
    const pause = slice();
    if (pause) await pause;
  }
  for (const list of lists) accumulator.addAll(list);
  const scores = accumulator.drain().copy();
  const allowed = (handle: number): boolean => context.allowed(handle) && !inCart.has(handle);
  const isVariant = (handle: number): boolean =>
    seeds.some((seed) => relations.similarity(seed, handle) >= variantSimilarity);
  const goes = scores.top(context.count, (handle) => allowed(handle) && !isVariant(handle));
  const handles = await fill(goes, context.count, [
    popularItems(engine, context, allowed),
    catalogueItems(engine, context, allowed),
  ]);
  return { handles, score: (handle) => scores.get(handle), seeds };
}
