import { slicer } from '../core/index.js';
import type { EngineContext, RequestContext } from './context.js';

/** How long lists are gone through before others have their turn, ms: where hardly anything is allowed each is read to its end. */
const sliceMs = 4;

type Allowed = (handle: number) => boolean;

/** What is popular, best first: twice as many as are wanted at most. */
export function* popularItems(
  engine: EngineContext,
  context: Pick<RequestContext, 'now' | 'count'>,
  allowed: Allowed,
): Iterable<number> {
  let found = 0;
  for (const handle of engine.popular.ranked(context.now)) {
    if (!allowed(handle)) continue;
    yield handle;
    if (++found === 2 * context.count) break;
  }
}

/** The catalogue as it comes: what a new shop shows, and what completes a list when too little is known. */
export function* catalogueItems(
  { catalogue }: EngineContext,
  context: RequestContext,
  allowed: Allowed,
): Iterable<number> {
  let found = 0;
  for (let handle = 0; handle < catalogue.handles; handle++) {
    if (!allowed(handle)) continue;
    yield handle;
    if (++found === 2 * context.count) break;
  }
}

/** What came last, newest first; see `Newest`. */
export function* newItems(
  { newest }: EngineContext,
  context: Pick<RequestContext, 'count'>,
  allowed: Allowed,
): Iterable<number> {
  let found = 0;
  const ranked = newest.ranked();
  for (let place = 0; place < ranked.length; place++) {
    const handle = ranked.at(place);
    if (!allowed(handle)) continue;
    yield handle;
    if (++found === 2 * context.count) break;
  }
}

/** `first`, completed to `count` from each of `more` in turn; others have their turn between two of them. */
export async function fill(
  first: readonly number[],
  count: number,
  more: readonly Iterable<number>[],
): Promise<number[]> {
  const filled = new Set(first);
  const slice = slicer(sliceMs);
  for (const handles of more) {
    if (filled.size >= count) break;
    const pause = slice();
    if (pause) await pause;
    for (const handle of handles) {
      if (filled.size >= count) break;
      filled.add(handle);
    }
  }
  return [...filled];
}
