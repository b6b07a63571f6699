import type { Catalogue } from '../catalogue/index.js';
import type { SearchRequest } from '../core/index.js';
import { fold, pinyinOf } from '../text/index.js';

/** Searches asked for, and how long they may take, ms. */
const bounds = { searches: 40, ms: 500 };
/** A text whose reading loads what Chinese is read by. */
const traditional = '發財';
const nobody = '';

interface Asked {
  search(request: SearchRequest): Promise<unknown>;
}

/**
 * Asks as the first visitors will, before anybody does: for items by their titles. Not for suggestions, whose list rests once made.
 * Code that has not run yet takes ten times as long, and what Chinese is read by is loaded at its first character, which
 * anybody may send to any shop (80 ms of the loop). Resolves to the searches made.
 */
export async function warmUp(
  search: Asked,
  catalogue: Catalogue,
  reads: { pinyin: boolean },
): Promise<number> {
  fold(traditional);
  if (reads.pinyin) pinyinOf(traditional);
  const started = performance.now();
  const step = Math.max(1, Math.floor(catalogue.handles / bounds.searches));
  let made = 0;
  for (let item = 0; item < catalogue.handles; item += step) {
    const query = catalogue.item(item)?.title;
    if (!query) continue;
    await search.search({ user: nobody, query, explain: true });
    made++;
    await new Promise(setImmediate);
    if (made === bounds.searches || performance.now() - started > bounds.ms) break;
  }
  return made;
}
