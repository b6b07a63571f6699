import { createHash } from 'node:crypto';
import type { Catalogue } from '../catalogue/index.js';
import type {
  FoundItem,
  Lift,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
  Understood,
} from '../core/index.js';
import { type Clock, EndcapError, newId, type Profile, systemClock } from '../core/index.js';
import { highlight, stem, type TextEmbedder } from '../text/index.js';
import type { WordClause } from './clauses.js';
import { type Intent, intentOf } from './intent.js';
import { queryKey, SearchMemory } from './memory.js';
import { Pages, type RankedAnswer } from './pages.js';
import { readPrice } from './prices.js';
import { analyserFor, ProductIndex } from './productIndex.js';
import { openness, order, type Parts, personalise, relevance } from './rank.js';
import { candidateLimit, few, type Retrieved, retrieve } from './retrieve.js';
import { Selection } from './selection.js';
import { SemanticIndex } from './semantic.js';
import { Suggester } from './suggest.js';
import { readSynonyms, Synonyms } from './synonyms.js';
import { type ItemScores, Taste } from './taste.js';

const day = 86_400_000;
/** Letters of a query that are read. */
export const longestQuery = 500;
const nearest = 50;
const defaultCount = 20;
/** In a larger shop all items are only looked through by meaning where words find nothing: it takes milliseconds. */
const scannedAlways = 20_000;
/** Half-life of an earlier search, ms; how many of them count, and how many items of each. */
const searchHalfLife = 7 * day;
const earlierSearches = 3;
const itemsOfSearch = 100;
const searchesRemembered = 1_000;
/** Times a search is repeated until it counts in full. */
const repeatedFully = 3;
const nothing: ItemScores = new Map();

/** What other parts of the shop tell search; each may be absent. */
export interface SearchSignals {
  /** Items that go with what the shopper looked at. */
  related?: (profile: Profile, now: number) => ItemScores;
  /** What the deployed model says of these items. */
  model?: (profile: Profile, items: readonly number[], now: number) => ItemScores | Promise<ItemScores>;
  /** How much an item is in demand, 0 and up. */
  popularity?: (item: number, now: number) => number;
}

export interface SearchOptions {
  profile: (user: string, now: number) => Profile;
  memory?: SearchMemory;
  signals?: SearchSignals;
  embedder?: TextEmbedder;
  /** File of synonyms. */
  synonyms?: string;
  /** Shoppers from which on what they did is shown to others. */
  anonymity?: number;
  clock?: Clock;
  warn?: (error: unknown, what: string) => void;
}

/** Search over one shop: finds, ranks for everybody, then for the shopper; and learns from what is chosen. */
export class Search {
  readonly products: ProductIndex;
  readonly memory: SearchMemory;
  readonly #synonyms: Synonyms;
  readonly #suggester: Suggester;
  readonly #pages = new Pages();
  readonly #clock: Clock;
  readonly #warn: (error: unknown, what: string) => void;
  readonly #anonymity: number;
  readonly #searched = new Map<string, { version: number; scores: ItemScores }>();
  #semantic: SemanticIndex | undefined;
  #learnedAt = -1;

  /** Indexes the catalogue. Throws `invalid_synonyms`. */
  constructor(
    private readonly catalogue: Catalogue,
    private readonly options: SearchOptions,
  ) {
    this.#warn = options.warn ?? (() => {});
    this.#clock = options.clock ?? systemClock;
    this.#anonymity = options.anonymity ?? 5;
    this.memory = options.memory ?? new SearchMemory();
    this.products = new ProductIndex(catalogue, analyserFor(catalogue, this.#warn));
    this.#synonyms = new Synonyms(this.products.analyser);
    if (options.synonyms !== undefined) readSynonyms(options.synonyms, this.#synonyms);
    if (options.embedder) this.useEmbedder(options.embedder);
    this.#suggester = new Suggester(this.products, this.memory, this.#anonymity);
  }

  /** From now on what is near in meaning is found too, as far as titles are embedded. */
  useEmbedder(embedder: TextEmbedder): Promise<void> {
    void this.#semantic?.close();
    this.#semantic = new SemanticIndex(this.catalogue, embedder, this.#warn);
    return this.#semantic.fill();
  }

  async close(): Promise<void> {
    this.products.close();
    await this.#semantic?.close();
  }

  suggest(request: SuggestRequest): SuggestResponse {
    return this.#suggester.suggest({ ...request, user: request.user }, this.#clock());
  }

  /**
   * Answers a search. Throws `unknown_facet`, `invalid_price`, `invalid_filter`, `invalid_cursor`, `invalid_request`.
   */
  async search(request: SearchRequest): Promise<SearchResponse> {
    check(request);
    const question = questionOf(request);
    const opened = request.cursor === undefined ? undefined : this.#pages.open(request.cursor, question);
    const at = opened?.at ?? request.offset ?? 0;
    const kept = opened?.answer;
    const holds = kept && at < kept.first + kept.handles.length;
    const answer = holds ? kept : await this.#answer(request, question, at);
    const page = this.#page(answer, request, at);
    // A page that begins in one part of all that there is and ends in the next.
    const count = request.count ?? defaultCount;
    const end = answer.first + answer.handles.length;
    if (page.items.length === count || page.cursor === undefined || end >= page.total) return page;
    const rest = { ...request, count: count - page.items.length };
    const next = this.#page(await this.#answer(request, question, end), rest, end);
    return { ...next, searchId: page.searchId, items: [...page.items, ...next.items] };
  }

  /** Items that the shopper's repeated searches ask for, 0 to 1: what other pages may show them. */
  interests(user: string, now: number, except = ''): ItemScores {
    const scores = new Map<number, number>();
    const seen = new Set([except]);
    const past = this.memory.searchesOf(user);
    for (let at = past.length - 1; at >= 0 && seen.size <= earlierSearches; at--) {
      const { key, time, times } = past[at]!;
      if (seen.has(key)) continue;
      seen.add(key);
      const weight = Math.min(1, times / repeatedFully) * 0.5 ** (Math.max(0, now - time) / searchHalfLife);
      for (const [item, score] of this.#itemsOf(key))
        scores.set(item, Math.max(scores.get(item) ?? 0, weight * score));
    }
    return scores;
  }

  /** `at` is a place in the answer: of all that there is, the part around it is ranked. */
  async #answer(request: SearchRequest, question: string, at: number): Promise<RankedAnswer> {
    this.#learnRewordings();
    const now = this.#clock();
    const user = request.user;
    const key = queryKey(request.query);
    const { rest, price } = readPrice(request.query.slice(0, longestQuery));
    const choices = this.memory.choices(key, this.#anonymity);
    const intent = intentOf(this.products, choices);
    const selection = new Selection(this.products, request, request.strict ? price : undefined);
    const vector = rest.trim() === '' ? undefined : await this.#semantic?.query(rest);
    const profile = this.options.profile(request.user, now);
    const found = this.#find(request, rest, selection, vector, intent, profile, at);
    const dial = request.personal ?? 1;
    const asked = found.clauses.filter(({ required }) => required).length;
    const gate = openness(found.whole < few ? found.whole : found.total, asked, choices);
    const taste =
      dial > 0 && gate > 0 ? await this.#taste(profile, user, found.candidates, now, key) : undefined;
    if (taste) this.#addPointedAt(found, taste);
    const sorted = request.sort !== undefined && request.sort !== 'relevance';
    const relevant = sorted
      ? found.scores
      : relevance(this.#parts(found, key, vector, intent, price, now), gate);
    const plain = order(relevant, found.whole);
    const moved = !sorted && taste?.isKnown;
    // Items that lack a word leave open what is meant: taste may order them more freely.
    const loose = dial * openness(found.total, asked, choices);
    const strength = (at: number): number => (at < found.whole ? dial * gate : loose);
    const scores = moved ? personalise(relevant, found.candidates, taste, strength) : relevant;
    const ranked = moved ? order(scores, found.whole) : plain;
    const handles = ranked.map((at) => found.candidates[at]!);
    const answer: RankedAnswer = {
      question,
      handles,
      first: found.first ?? 0,
      about: {
        searchId: newId('search', now),
        query: request.query,
        user: request.user,
        total: found.total,
        step: found.step,
        facets: selection.facets(),
        ...(selection.prices() ? { price: selection.prices()! } : {}),
        understood: { ...understoodOf(found), ...intent, ...(price ? { price } : {}) },
        personal: { dial, gate: moved ? gate : 0 },
      },
      scores: Float32Array.from(ranked, (at) => scores[at]!),
      clauses: found.clauses,
      ...(moved && request.explain ? { lifts: liftsOf(plain, ranked, found.candidates, taste) } : {}),
    };
    this.#pages.keep(answer);
    return answer;
  }

  #find(
    request: SearchRequest,
    query: string,
    selection: Selection,
    vector: Float32Array | undefined,
    intent: Intent,
    profile: Profile,
    at: number,
  ): Retrieved {
    const exactId = this.catalogue.find(request.query.trim());
    const tokens = this.products.analyser.tokens(query);
    const sortKey = sortKeyOf(request, this.products);
    if (tokens.length === 0) return this.#everything(selection, sortKey, exactId, at);
    const found = retrieve(this.products, this.#synonyms, tokens, selection, { prefix: true, sortKey });
    if (exactId >= 0 && selection.allows(exactId) && !found.candidates.includes(exactId))
      addFirst(found, selection, exactId);
    const scans = found.total === 0 || this.products.words.size <= scannedAlways;
    if (found.matching < few && scans && !sortKey && vector && this.#semantic && !found.filtered) {
      const known = new Set(found.candidates);
      const near = this.#semantic.nearest(
        vector,
        nearest,
        (item) => !known.has(item) && selection.allows(item),
      );
      if (found.total === 0 && near.length > 0) found.step = 'semantic';
      join(found, selection, near, 0);
    }
    if (found.total === 0 && !found.filtered) this.#popular(found, selection, intent, profile);
    return found;
  }

  /** What there is, for a query without a word: the candidates around the place `at`. */
  #everything(selection: Selection, sortKey: SortKey | undefined, exactId: number, at = 0): Retrieved {
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
      matching: this.products.words.size,
      filtered: false,
      scoreOf: () => 0,
    };
    if (exactId >= 0 && selection.allows(exactId)) {
      addFirst(found, selection, exactId);
      found.step = 'exact';
      return found;
    }
    const now = this.#clock();
    const popularity = this.options.signals?.popularity;
    const key = sortKey ?? ((item: number) => popularity?.(item, now) ?? 0);
    const items: number[] = [];
    for (let item = 0; item < this.catalogue.handles; item++)
      if (this.products.words.has(item) && selection.take(item)) items.push(item);
    found.total = items.length;
    const keys = Float64Array.from(items, key);
    const best = Uint32Array.from(items, (_, at) => at)
      .sort((a, b) => keys[b]! - keys[a]! || a - b)
      .subarray(first, first + candidateLimit);
    found.whole = best.length;
    found.candidates = Array.from(best, (at) => items[at]!);
    found.scores = Float32Array.from(best, (at) => (sortKey ? keys[at]! : 0));
    return found;
  }

  /** The last step: the best of the category that is meant, or that the shopper likes, or of the shop. */
  #popular(found: Retrieved, selection: Selection, intent: Intent, profile: Profile): void {
    const liked = this.catalogue.get(
      profile.events.findLast(({ weight }) => weight > 0)?.item ?? '',
    )?.category;
    const meant = intent.category?.value ?? liked;
    const all = this.#everything(selection, undefined, -1);
    const inCategory = all.candidates.filter((item) => this.catalogue.item(item)?.category === meant);
    found.candidates = (inCategory.length > 0 ? inCategory : all.candidates).slice(0, nearest);
    found.scores = Float32Array.from(found.candidates, (_, at) => -at);
    found.total = found.whole = found.candidates.length;
    found.step = 'popular';
    selection.restart();
    for (const item of found.candidates) selection.take(item);
  }

  async #taste(
    profile: Profile,
    user: string,
    candidates: readonly number[],
    now: number,
    key: string,
  ): Promise<Taste> {
    const { signals = {} } = this.options;
    const related = signals.related?.(profile, now) ?? nothing;
    const searched = this.interests(user, now, key);
    const model = profile.events.length > 0 ? await signals.model?.(profile, candidates, now) : undefined;
    return new Taste(this.products, { profile, now, related, searched, model: model ?? nothing });
  }

  /** Matches that stand too low by their words to be candidates, but that the shopper's own signals point at. */
  #addPointedAt(found: Retrieved, taste: Taste): void {
    if (found.total <= found.candidates.length || found.step === 'browse') return;
    const known = new Set(found.candidates);
    const more: number[] = [];
    const scores: number[] = [];
    for (const item of taste.pointedAt()) {
      if (known.has(item)) continue;
      known.add(item);
      const score = found.scoreOf(item);
      if (score > 0) more.push(item) && scores.push(score);
    }
    found.candidates = [...found.candidates, ...more];
    found.scores = Float32Array.from([...found.scores, ...scores]);
    found.whole += more.length;
  }

  #parts(
    { candidates, scores }: Retrieved,
    key: string,
    vector: Float32Array | undefined,
    intent: Intent,
    price: { min?: number; max?: number } | undefined,
    now: number,
  ): Parts {
    const { popularity } = this.options.signals ?? {};
    const semantic = this.#semantic;
    const parts: Parts = { words: scores };
    const each = (value: (item: number) => number): Float32Array => Float32Array.from(candidates, value);
    if (semantic && vector) parts.meaning = each((item) => semantic.cosine(item, vector));
    if (popularity) parts.popularity = each((item) => Math.log1p(popularity(item, now)));
    if (this.memory.isAsked(key, this.#anonymity))
      parts.attraction = each((item) => this.memory.attraction(key, this.catalogue.id(item)));
    if (intent.category || intent.brand)
      parts.intent = each((item) => {
        const { category, brand } = this.catalogue.item(item)!;
        const byCategory = category === intent.category?.value ? (intent.category?.share ?? 0) : 0;
        const byBrand = brand === intent.brand?.value ? (intent.brand?.share ?? 0) : 0;
        return byCategory + byBrand;
      });
    if (price) {
      const { min = 0, max = Infinity } = price;
      parts.price = each((item) => {
        const own = this.products.prices.get(item);
        return own >= min && own <= max ? 1 : 0;
      });
    }
    return parts;
  }

  #page(answer: RankedAnswer, request: SearchRequest, at: number): SearchResponse {
    const { handles, first, scores, lifts, about } = answer;
    const end = first + handles.length;
    const count = request.count ?? defaultCount;
    const items: FoundItem[] = [];
    const matches = matcherOf(answer.clauses);
    let next = at;
    for (; next < end && items.length < count; next++) {
      const handle = handles[next - first]!;
      // Withdrawn since the first page.
      if (!this.catalogue.shown(handle)) continue;
      const item = this.catalogue.item(handle)!;
      const lift = lifts?.get(handle);
      const title = highlight(this.products.analyser, item.title ?? '', matches);
      const described = item.description ? highlight(this.products.analyser, item.description, matches) : [];
      items.push({
        id: item.id,
        score: scores[next - first]!,
        item,
        highlights: {
          ...(title.length > 0 ? { title } : {}),
          ...(described.length > 0 ? { description: described } : {}),
        },
        ...(lift ? { lift } : {}),
      });
    }
    // What was found by words ends with the candidates; what there is goes on.
    const all = about.step === 'browse' ? about.total : end;
    const more = next < all ? { cursor: this.#pages.cursor(answer, next) } : {};
    return { ...about, items, ...more };
  }

  /** What a query finds, best 1: remembered until the catalogue changes. */
  #itemsOf(key: string): ItemScores {
    const known = this.#searched.get(key);
    if (known?.version === this.products.version) return known.scores;
    const selection = new Selection(this.products, { facets: [] });
    const tokens = this.products.analyser.tokens(key);
    const { candidates, scores, step } = retrieve(this.products, this.#synonyms, tokens, selection, {
      prefix: false,
    });
    const found = new Map<number, number>();
    if (step !== 'dropped')
      for (let at = 0; at < Math.min(itemsOfSearch, candidates.length); at++)
        found.set(candidates[at]!, scores[at]! / scores[0]!);
    if (this.#searched.size >= searchesRemembered) this.#searched.delete(this.#searched.keys().next().value!);
    this.#searched.set(key, { version: this.products.version, scores: found });
    return found;
  }

  /** Wordings that many shoppers went over become synonyms. */
  #learnRewordings(): void {
    if (this.#learnedAt === this.memory.reworded) return;
    this.#learnedAt = this.memory.reworded;
    for (const { from, to } of this.memory.rewordings(this.#anonymity)) this.#synonyms.add(from, to);
  }
}

type SortKey = (item: number) => number;

/** Higher first; an item without a price is last either way. */
function sortKeyOf({ sort }: SearchRequest, products: ProductIndex): SortKey | undefined {
  if (sort !== 'price' && sort !== 'price_desc') return undefined;
  const sign = sort === 'price' ? -1 : 1;
  return (item) => {
    const price = products.prices.get(item);
    return Number.isNaN(price) ? -1e30 : sign * price;
  };
}

/** The item whose id was typed stands first. */
function addFirst(found: Retrieved, selection: Selection, item: number): void {
  selection.take(item);
  found.candidates = [item, ...found.candidates];
  found.scores = Float32Array.from([1 + (found.scores[0] ?? 0), ...found.scores]);
  found.total++;
  found.whole++;
}

function join(found: Retrieved, selection: Selection, items: readonly number[], score: number): void {
  for (const item of items) selection.take(item);
  found.candidates = [...found.candidates, ...items];
  found.scores = Float32Array.from([...found.scores, ...items.map(() => score)]);
  found.total += items.length;
}

function understoodOf({ clauses, dropped }: Retrieved): Understood {
  const named = (pick: (clause: WordClause) => string[]): Record<string, string[]> =>
    Object.fromEntries(
      clauses.filter((clause) => pick(clause).length > 0).map((clause) => [clause.word, pick(clause)]),
    );
  return {
    words: clauses.filter(({ required }) => required).map(({ word }) => word),
    corrected: named(({ corrected }) => corrected),
    dropped,
    synonyms: named(({ synonyms }) => synonyms),
    sizes: clauses.filter(({ joined }) => joined).map(({ word }) => word),
  };
}

/** Tells the words of a text that the query was found by. */
function matcherOf(clauses: readonly WordClause[]): (word: string) => boolean {
  const stems = new Set(clauses.flatMap(({ words }) => words.map(stem)));
  return (word) => stems.has(stem(word));
}

function liftsOf(
  plain: Uint32Array,
  ranked: Uint32Array,
  candidates: readonly number[],
  taste: Taste,
): Map<number, Lift> {
  const from = new Uint32Array(plain.length);
  plain.forEach((at, place) => {
    from[at] = place + 1;
  });
  const lifts = new Map<number, Lift>();
  for (let place = 0; place < Math.min(ranked.length, 200); place++) {
    const at = ranked[place]!;
    const item = candidates[at]!;
    const reasons = from[at]! > place + 1 ? taste.reasons(item) : [];
    if (reasons.length > 0) lifts.set(item, { from: from[at]!, reasons });
  }
  return lifts;
}

/** Says which question a page belongs to: all that decides what is found, in one short string. */
function questionOf({
  user,
  query,
  filters,
  price,
  filter,
  facets,
  sort,
  personal,
  strict,
}: SearchRequest): string {
  const parts = JSON.stringify([user, query, filters, price, filter, facets, sort, personal, strict]);
  return createHash('sha256').update(parts).digest('base64url').slice(0, 16);
}

function check({ personal, count }: SearchRequest): void {
  const refuse = (field: string, message: string): never => {
    throw new EndcapError('invalid_request', `${field} ${message}`, { errors: [{ field, message }] });
  };
  if (personal !== undefined && !(personal >= 0 && personal <= 1)) refuse('personal', 'must be from 0 to 1');
  if (count !== undefined && !(Number.isInteger(count) && count >= 1 && count <= 100))
    refuse('count', 'must be a whole number from 1 to 100');
}
