import { eligibility } from '../recommend/index.js';
import { wordsAsked } from './answer.js';
import type { SearchContext } from './context.js';
import { find } from './find.js';
import type { Interests } from './interests.js';
import { plainParts } from './parts.js';
import type { PastSearch } from './pastSearches.js';
import { readPrice } from './prices.js';
import { relevance } from './rank.js';
import { opennessOf } from './retrieve.js';
import { Selection } from './selection.js';
import { tasteAt } from './shopper.js';
import { type ClickExample, kindOfQuery } from './weights.js';

/** Searches that were followed by a choice from which weights are learned, the newest ones. */
const searchesLearned = 5_000;

/** What was shown and chosen, for all searches in memory. Requests go first after each search that is looked at. */
export async function clickExamples(context: SearchContext, interests: Interests): Promise<ClickExample[]> {
  const examples: ClickExample[] = [];
  let looked = 0;
  for (const { user, search } of context.memory.chosen()) {
    if (++looked > searchesLearned) break;
    examples.push(...(await examplesOf(context, interests, user, search)));
    await new Promise(setImmediate);
  }
  return examples;
}

/** What was shown and chosen after a search, as it was scored then, without what was learned of the query itself. */
async function examplesOf(
  context: SearchContext,
  interests: Interests,
  user: string,
  { key, time, shown, chosen = new Map() }: PastSearch,
): Promise<ClickExample[]> {
  const { catalogue, filters, products } = context;
  const { rest, price } = readPrice(key);
  const vector = rest.trim() === '' ? undefined : await context.semantic?.query(rest);
  const whole = context.profile(user, time);
  const profile = { ...whole, events: whole.events.filter((event) => event.time < time) };
  const selection = new Selection(products, { facets: [] }, eligibility(catalogue, filters, {}, {}, time));
  const request = { user, query: key };
  const found = await find(context, { request, query: rest, selection, vector, intent: {}, profile, at: 0 });
  // Nothing that is asked of it here needs more than the candidates.
  found.leave?.();
  if (found.step === 'browse' || found.step === 'popular') return [];
  const gate = opennessOf(found, wordsAsked(found).length, new Map());
  const { meaning, ...parts } = plainParts(context, found, vector, price, time);
  const base = relevance(parts);
  const means = meaning ?? new Float32Array(base.length);
  const taste = tasteAt(context, { profile, now: time, searched: interests.of(user, time, key) });
  const places = new Map(found.candidates.map((item, at) => [item, at]));
  const seen = shown.flatMap((id, place) => {
    const at = places.get(catalogue.find(id));
    return at === undefined ? [] : [{ id, place, at }];
  });
  const fits = taste.isKnown
    ? seen.map(({ at }) => gate * taste.fit(found.candidates[at]!))
    : seen.map(() => 0);
  return seen.flatMap(({ id }, index) =>
    chosen.has(id) && seen.length > 1
      ? [
          {
            user,
            kind: kindOfQuery(wordsAsked(found)),
            chosen: index,
            places: seen.map(({ place }) => place),
            base: seen.map(({ at }) => base[at]!),
            meaning: seen.map(({ at }) => means[at]!),
            taste: fits,
          },
        ]
      : [],
  );
}
