import { atOnce } from '../core/index.js';
import { eligibility } from '../recommend/index.js';
import type { SearchContext } from './context.js';
import { askedOf, retrieve } from './retrieve.js';
import { Selection } from './selection.js';
import type { ItemScores } from './taste.js';

const day = 86_400_000;
/** Half-life of an earlier search, ms; how many of them count, and how many items of each. */
const searchHalfLife = 7 * day;
const earlierSearches = 3;
const itemsOfSearch = 100;
const searchesRemembered = 1_000;
/** A search that reads more postings names so many items that it says nothing of what is liked. */
const mostWork = 30_000;
/** Times a search is repeated until it counts in full. */
const repeatedFully = 3;

const nothing = { candidates: [], scores: [], step: 'dropped' } as const;

/** What shoppers' earlier searches ask for. */
export class Interests {
  readonly #searched = new Map<string, { version: number; scores: ItemScores }>();

  constructor(private readonly context: SearchContext) {}

  /** Items that the shopper's repeated searches but `except` ask for, 0 to 1. */
  of(user: string, now: number, except = ''): ItemScores {
    const scores = new Map<number, number>();
    const seen = new Set([except]);
    const past = this.context.memory.searchesOf(user);
    for (let at = past.length - 1; at >= 0 && seen.size <= earlierSearches; at--) {
      const { key, time, times } = past[at]!;
      if (seen.has(key) || time > now) continue;
      seen.add(key);
      const weight = Math.min(1, times / repeatedFully) * 0.5 ** (Math.max(0, now - time) / searchHalfLife);
      for (const [item, score] of this.#itemsOf(key))
        scores.set(item, Math.max(scores.get(item) ?? 0, weight * score));
    }
    return scores;
  }

  /** What a query finds, best 1: remembered until the catalogue changes. */
  #itemsOf(key: string): ItemScores {
    const { catalogue, filters, products, synonyms, scratch, clock } = this.context;
    const known = this.#searched.get(key);
    if (known?.version === products.version) return known.scores;
    const eligible = eligibility(catalogue, filters, {}, {}, clock());
    const selection = new Selection(products, { facets: [] }, eligible);
    const tokens = products.analyser.tokens(key);
    const asked = askedOf(products, synonyms, tokens, false);
    const found = new Map<number, number>();
    const isBroad = products.words.work(asked.clauses, 1) > mostWork;
    const matches = scratch.small;
    const { candidates, scores, step } = isBroad
      ? nothing
      : atOnce(retrieve(products, synonyms, asked, selection, { matches }));
    if (step !== 'dropped')
      for (let at = 0; at < Math.min(itemsOfSearch, candidates.length); at++)
        found.set(candidates[at]!, scores[at]! / scores[0]!);
    if (this.#searched.size >= searchesRemembered) this.#searched.delete(this.#searched.keys().next().value!);
    this.#searched.set(key, { version: products.version, scores: found });
    return found;
  }
}
