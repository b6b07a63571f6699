import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { handlesOf } from '../eligibility.js';
import { catalogueItems, fill, newItems, popularItems } from '../fallback.js';

/** What moves in this shop now, but what is in the cart already last; the catalogue where nothing has. */
export async function trending(engine: EngineContext, context: RequestContext): Promise<RankedList> {
  const { catalogue, state } = engine;
  const inCart = handlesOf(catalogue, Object.keys(state.cart(context.request.user)));
  const others = (handle: number): boolean => context.allowed(handle) && !inCart.has(handle);
  const ranked = [...popularItems(engine, context, others)];
  const handles = ranked.length > 0 ? ranked : [...catalogueItems(engine, context, others)];
  return byPlace(await fill(handles, context.count, [[...inCart].filter(context.allowed)]));
}

/** What came last, by the dates of the items where there are any. */
export function newest(engine: EngineContext, context: RequestContext): RankedList {
  return byPlace([...newItems(engine, context, context.allowed)]);
}

const byPlace = (handles: number[]): RankedList => ({
  handles,
  score: (handle) => 1 / (1 + handles.indexOf(handle)),
});
