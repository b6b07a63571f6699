import { type RecommendRequest, slicer } from '../core/index.js';
import type { EventLog } from '../storage/index.js';

/** Lists asked for, and how long it may take, ms. */
const bounds = { lists: 1_200, ms: 1_500 };
const sliceMs = 5;

/**
 * Asks for lists as the last shoppers of the log would, before anybody does: code that has not run yet takes three times
 * as long as later on, and under 1,000 requests a second what queues up in the first of them takes seconds to go.
 */
export async function warmUp(
  log: EventLog,
  isShown: (item: string) => boolean,
  ask: (request: RecommendRequest) => Promise<unknown>,
): Promise<number> {
  const started = performance.now();
  const slice = slicer(sliceMs);
  let lists = 0;
  for await (const { event } of log.read(Math.max(0, log.head - bounds.lists))) {
    const item = event.items.find(({ id }) => isShown(id))?.id;
    if (item === undefined) continue;
    for (const scenario of ['home', 'similar', 'complement'] as const) {
      await ask({ user: event.user, scenario, item, explain: true });
      lists++;
      const pause = slice();
      if (pause) await pause;
    }
    if (lists >= bounds.lists || performance.now() - started > bounds.ms) break;
  }
  return lists;
}
