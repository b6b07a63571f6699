import type { Catalogue } from '../../src/catalogue/index.js';
import type { Profile, ProfileEvent } from '../../src/core/index.js';
import { Search } from '../../src/search/index.js';

const now = Date.UTC(2026, 0, 1);
const day = 86_400_000;
const fade = 0.8;
/** As `Relations` shrinks what the engine tells search: a count of n is trusted n / (n + support). */
const support = 3;

/** How often items were bought together, over the root of how often each was: item-item cosine. */
export class Cosine {
  readonly popularity = new Map<string, number>();
  readonly #buyers = new Map<string, number[]>();
  readonly #near = new Map<string, Map<string, number>>();

  constructor(private readonly histories: readonly (readonly string[])[]) {
    histories.forEach((history, user) => {
      for (const id of new Set(history)) {
        this.popularity.set(id, (this.popularity.get(id) ?? 0) + 1);
        const buyers = this.#buyers.get(id);
        if (buyers) buyers.push(user);
        else this.#buyers.set(id, [user]);
      }
    });
  }

  /** Sum of the cosines with the items of a history, older ones fading; its own items left out. */
  scores(history: readonly string[]): Map<string, number> {
    const sums = new Map<string, number>();
    history.forEach((id, at) => {
      const weight = fade ** (history.length - 1 - at);
      for (const [other, cosine] of this.#nearOf(id))
        sums.set(other, (sums.get(other) ?? 0) + weight * cosine);
    });
    for (const id of history) sums.delete(id);
    return sums;
  }

  #nearOf(id: string): Map<string, number> {
    let near = this.#near.get(id);
    if (near) return near;
    near = new Map();
    const buyers = this.#buyers.get(id) ?? [];
    for (const user of buyers)
      for (const other of new Set(this.histories[user]))
        if (other !== id) near.set(other, (near.get(other) ?? 0) + 1);
    for (const [other, count] of near)
      near.set(
        other,
        (count / Math.sqrt(buyers.length * this.#buyers.get(other)!.length)) * (count / (count + support)),
      );
    this.#near.set(id, near);
    return near;
  }
}

function profileOf(user: string, history: readonly string[]): Profile {
  const events = history.map(
    (item, at): ProfileEvent => ({
      item,
      type: 'purchase',
      time: now - (history.length - at) * day,
      weight: 5,
    }),
  );
  return { user, events, total: events.length, counters: {} };
}

/** Search that is told what goes with what and how popular it is, for shoppers who bought `historyOf`. */
export function searchTold(
  catalogue: Catalogue,
  cosine: Cosine,
  historyOf: (user: string) => readonly string[],
): Search {
  return new Search(catalogue, {
    profile: (user) => profileOf(user, historyOf(user)),
    clock: () => now,
    signals: {
      popularity: (item) => cosine.popularity.get(catalogue.id(item)) ?? 0,
      related: ({ events }) => {
        const sums = cosine.scores(events.map(({ item }) => item));
        return new Map([...sums].map(([id, sum]) => [catalogue.find(id), sum]));
      },
    },
  });
}
