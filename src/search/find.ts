import { atOnce, inTurns, type Profile, type SearchRequest, type Steps, slicer } from '../core/index.js';
import type { Matches } from '../index/index.js';
import { addFirst, join, type SortKey, sortKeyOf } from './answer.js';
import type { SearchContext } from './context.js';
import type { Intent } from './intent.js';
import { askedOf, candidateLimit, few, type Retrieved, retrieve } from './retrieve.js';
import type { Selection } from './selection.js';

/** Items that are found by meaning, or shown where nothing is found. */
const nearest = 50;
/** In a larger shop all items are only looked through by meaning where words find nothing: it takes milliseconds. */
const scannedAlways = 20_000;

/** Postings from which on a search is a large one, which gives up its turns: fewer take a few milliseconds. */
const largeWork = 10_000;

/** How long all items are looked through at a time, ms, and how many before the clock is asked. */
const sliceMs = 4;
const lookedAtOnce = 1_024;

export interface Wanted {
  request: SearchRequest;
  /** The query without its price. */
  query: string;
  selection: Selection;
  vector: Float32Array | undefined;
  intent: Intent;
  profile: Profile;
  /** Place in the answer: of all that there is, the part around it is found. */
  at: number;
}

/**
 * Finds by words, by meaning where words find little, and shows the best of a category where nothing is found. At once
 * where few items have the words. Large searches come one after the other, so that their matches take the memory of one;
 * `leave` of what was found is to be called.
 */
export function find(context: SearchContext, wanted: Wanted): Retrieved | Promise<Retrieved> {
  const { catalogue, products, synonyms, scratch } = context;
  const { request, selection } = wanted;
  const exactId = catalogue.find(request.query.trim());
  const tokens = products.analyser.tokens(wanted.query);
  const sortKey = sortKeyOf(request, products);
  if (tokens.length === 0) return everything(context, selection, sortKey, exactId, wanted.at);
  const asked = askedOf(products, synonyms, tokens, true);
  const steps = (matches: Matches): Steps<Retrieved> =>
    retrieve(products, synonyms, asked, selection, { matches, sortKey });
  if (products.words.work(asked.clauses, 1) > largeWork) return findLarge(context, wanted, exactId, steps);
  return completed(context, wanted, exactId, atOnce(steps(scratch.small)));
}

async function findLarge(
  context: SearchContext,
  wanted: Wanted,
  exactId: number,
  steps: (matches: Matches) => Steps<Retrieved>,
): Promise<Retrieved> {
  const { large, turnstile } = context.scratch;
  const leave = await turnstile.enter();
  try {
    const found = await inTurns(steps(large), sliceMs);
    await new Promise(setImmediate);
    return { ...(await completed(context, wanted, exactId, found)), leave };
  } catch (error) {
    leave();
    throw error;
  }
}

/** With the item whose id was typed, and what is near in meaning or popular where the words find too little. */
function completed(
  context: SearchContext,
  wanted: Wanted,
  exactId: number,
  found: Retrieved,
): Retrieved | Promise<Retrieved> {
  const { products, semantic } = context;
  const { request, selection, vector } = wanted;
  if (exactId >= 0 && selection.allows(exactId) && !found.candidates.includes(exactId))
    addFirst(found, selection, exactId);
  const scans = found.total === 0 || products.words.size <= scannedAlways;
  const isSorted = sortKeyOf(request, products) !== undefined;
  if (found.matching < few && scans && !isSorted && vector && semantic && !found.filtered) {
    const known = new Set(found.candidates);
    const near = semantic.nearest(vector, nearest, (item) => !known.has(item) && selection.allows(item));
    if (found.total === 0 && near.length > 0) found.step = 'semantic';
    join(found, selection, near, 0);
  }
  if (found.total > 0 || found.filtered) return found;
  return popular(context, found, wanted).then(() => found);
}

/** What there is, for a query without a word: the candidates around the place `at`. Others have their turn in between. */
async function everything(
  { catalogue, products, signals: { popularity }, clock }: SearchContext,
  selection: Selection,
  sortKey: SortKey | undefined,
  exactId: number,
  at = 0,
): Promise<Retrieved> {
  const first = at - (at % candidateLimit);
  const found: Retrieved = {
    step: 'browse',
    first,
    clauses: [],
    dropped: [],
    total: 0,
    candidates: [],
    whole: 0,
    scores: new Float32Array(0),
    matching: products.words.size,
    filtered: false,
    scoreOf: () => 0,
  };
  if (exactId >= 0 && selection.allows(exactId)) {
    addFirst(found, selection, exactId);
    found.step = 'exact';
    return found;
  }
  const now = clock();
  const key = sortKey ?? ((item: number) => popularity?.(item, now) ?? 0);
  const items: number[] = [];
  const keys: number[] = [];
  const slice = slicer(sliceMs);
  for (let item = 0; item < catalogue.handles; item++) {
    if (products.words.has(item) && selection.take(item)) {
      items.push(item);
      keys.push(key(item));
    }
    const pause = item % lookedAtOnce === 0 ? slice() : undefined;
    if (pause) await pause;
  }
  found.total = items.length;
  if (items.length > lookedAtOnce) await new Promise(setImmediate);
  const best = placesFrom(Float64Array.from(keys), first, candidateLimit);
  if (items.length > lookedAtOnce) await new Promise(setImmediate);
  found.whole = best.length;
  found.candidates = Array.from(best, (at) => items[at]!);
  found.scores = Float32Array.from(best, (at) => (sortKey ? keys[at]! : 0));
  return found;
}

/** Places of the keys from the `first` highest on, `count` of them; ties by place. Sorts numbers, and what is in reach. */
function placesFrom(keys: Float64Array, first: number, count: number): Uint32Array {
  if (first >= keys.length) return new Uint32Array(0);
  const rising = keys.slice().sort();
  const highest = rising[keys.length - 1 - first]!;
  const lowest = rising[Math.max(0, keys.length - first - count)]!;
  let before = 0;
  const within: number[] = [];
  for (let at = 0; at < keys.length; at++) {
    if (keys[at]! > highest) before++;
    else if (keys[at]! >= lowest) within.push(at);
  }
  within.sort((a, b) => keys[b]! - keys[a]! || a - b);
  return Uint32Array.from(within.slice(first - before, first - before + count));
}

/** The last step: the best of the category that is meant, or that the shopper likes, or of the shop. */
async function popular(
  context: SearchContext,
  found: Retrieved,
  { selection, intent, profile }: Pick<Wanted, 'selection' | 'intent' | 'profile'>,
): Promise<void> {
  const { catalogue } = context;
  const liked = catalogue.get(profile.events.findLast(({ weight }) => weight > 0)?.item ?? '')?.category;
  const meant = intent.category?.value ?? liked;
  const all = await everything(context, selection, undefined, -1);
  const inCategory = all.candidates.filter((item) => catalogue.item(item)?.category === meant);
  found.candidates = (inCategory.length > 0 ? inCategory : all.candidates).slice(0, nearest);
  found.scores = Float32Array.from(found.candidates, (_, at) => -at);
  found.total = found.whole = found.candidates.length;
  found.step = 'popular';
  selection.restart();
  for (const item of found.candidates) selection.take(item);
}
