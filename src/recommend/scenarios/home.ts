import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { diversify } from '../diversity.js';
import { handlesOf } from '../eligibility.js';
import { catalogueItems, fill, popularItems } from '../fallback.js';
import { variantSimilarity } from '../relations.js';
import { fusedShelf, searchedItems, shelfLists, untaught } from '../shelf.js';

/**
 * The model over the profile, fused with what relates to the last things the shopper did in this session (live
 * statistics, so the list moves with each event whatever the model learned), with what is like their items by its
 * title, with what is popular and with what their searches ask for: how much of each is learned with the model. What they have ever touched is left out,
 * unless there is nothing else.
 */
export async function home(engine: EngineContext, context: RequestContext): Promise<RankedList> {
  const { catalogue, relations, model } = engine;
  const { profile, allowed, count } = context;
  const touched = handlesOf(
    catalogue,
    profile.events.map(({ item }) => item),
  );
  for (const id of profile.touchedBefore ?? []) touched.add(catalogue.find(id));
  const fresh = (handle: number): boolean => !touched.has(handle) && allowed(handle);
  const wanted = 2 * count + 20;
  const shelf = { ...(model?.model.shelf ?? untaught), ...engine.weights };
  const lists = await shelfLists(engine, context, shelf, wanted, fresh);
  const searched = searchedItems(engine, context, wanted, fresh);
  const scores = fusedShelf(engine, lists, shelf, searched);
  const alike = (a: number, b: number): boolean => relations.similarity(a, b) > variantSimilarity;
  const ranked = scores.top(wanted);
  const personal = (shelf.variants ? ranked : diversify(ranked, alike)).slice(0, count);
  const handles = fill(personal, count, [
    popularItems(engine, context, fresh),
    catalogueItems(engine, context, fresh),
    popularItems(engine, context, allowed),
    catalogueItems(engine, context, allowed),
  ]);
  return { handles, score: (handle) => scores.get(handle) };
}
