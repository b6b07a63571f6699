import { EndcapError, unknownItem } from '../../core/index.js';
import type { EngineContext, RankedList, RequestContext } from '../context.js';
import type { Scores } from '../scores.js';

/**
 * Instead of the item: see `Relations.substitutes`. Two cards of one title look alike, so each title comes once, and the
 * item's own not at all.
 */
export function similar(engine: EngineContext, context: RequestContext): RankedList {
  const seed = seedOf(engine, context);
  const substitutes = engine.relations.substitutes(seed, engine.model);
  const list = besideSeed({ ...context, count: 3 * context.count }, seed, substitutes);
  const shown = new Set([titleKey(engine, seed)]);
  const handles: number[] = [];
  for (const handle of list.handles) {
    if (handles.length === context.count) break;
    const title = titleKey(engine, handle);
    if (title === '' || !shown.has(title)) handles.push(handle);
    shown.add(title);
  }
  return { ...list, handles };
}

const titleKey = ({ catalogue }: EngineContext, handle: number): string =>
  (catalogue.item(handle)?.title ?? '').toLowerCase().replace(/\s+/g, ' ').trim();

/** Bought with the item: see `Relations.complements`. */
export function complement(engine: EngineContext, context: RequestContext): RankedList {
  const seed = seedOf(engine, context);
  return besideSeed(context, seed, engine.relations.complements(seed));
}

function besideSeed(context: RequestContext, seed: number, related: Scores): RankedList {
  const best = related.best(context.count, (handle) => handle !== seed && context.allowed(handle));
  return { handles: [...best.handles], score: (handle) => best.get(handle), seeds: [seed] };
}

function seedOf({ catalogue }: EngineContext, { request }: RequestContext): number {
  const field = 'item';
  if (request.item === undefined) {
    const message = `The scenario ${request.scenario} needs an item`;
    const remedy = 'Send the id of the item the shopper is looking at';
    throw new EndcapError('invalid_request', message, { remedy, errors: [{ field, message, remedy }] });
  }
  const seed = catalogue.find(request.item);
  if (seed >= 0 && catalogue.item(seed)) return seed;
  throw unknownItem(request.item, field);
}
