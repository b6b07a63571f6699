import type { EngineContext, RankedList, RequestContext } from '../context.js';
import { catalogueItems, popularItems } from '../fallback.js';

/** What moves in this shop now; the catalogue where nothing has. */
export function trending(engine: EngineContext, context: RequestContext): RankedList {
  const ranked = [...popularItems(engine, context, context.allowed)];
  const handles = ranked.length > 0 ? ranked : [...catalogueItems(engine, context, context.allowed)];
  return { handles, score: (handle) => 1 / (1 + handles.indexOf(handle)) };
}
