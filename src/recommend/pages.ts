import { keepLatest, type RecommendRequest } from '../core/index.js';

/** Lists remembered, and for how long: a visit, ms. */
const listsKept = 2_000;
const visitMs = 30 * 60_000;

interface Shown {
  handles: number[];
  time: number;
}

/** The lists that were begun lately: a further page goes on where the first ended, whatever happened meanwhile. */
export class Pages {
  /** Oldest first. */
  readonly #shown = new Map<string, Shown>();

  /** `handles` of this page, from a list of at least `offset + count` where there are so many. */
  page(request: RecommendRequest, handles: readonly number[], count: number, now: number): number[] {
    const { user, scenario, item, items, filter, offset = 0 } = request;
    const key = JSON.stringify([user, scenario, item, items, filter]);
    const known = offset > 0 ? this.#shown.get(key) : undefined;
    const before = known && now - known.time <= visitMs ? known.handles : [];
    const all = before.length === 0 ? handles : [...new Set([...before, ...handles])];
    const list = all.slice(0, offset + count);
    this.#shown.delete(key);
    this.#shown.set(key, { handles: list, time: now });
    keepLatest(this.#shown, listsKept);
    return list.slice(offset);
  }
}
