import { EndcapError, unknownItem } from '../../core/index.js';
import type { EngineContext, RankedList, RequestContext } from '../context.js';
import type { Scores } from '../scores.js';

/** Instead of the item: see `Relations.substitutes`. */
export function similar(engine: EngineContext, context: RequestContext): RankedList {
  const seed = seedOf(engine, context);
  return besideSeed(context, seed, engine.relations.substitutes(seed, engine.model));
}

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
