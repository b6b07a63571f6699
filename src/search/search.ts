import type { Catalogue } from '../catalogue/index.js';
import type {
  FoundItem,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
} from '../core/index.js';
import { type Clock, newId, type Profile, systemClock } from '../core/index.js';
import { highlight, type TextEmbedder } from '../text/index.js';
import {
  addFirst,
  check,
  join,
  liftsOf,
  matcherOf,
  questionOf,
  type SortKey,
  sortKeyOf,
  understoodOf,
  wordsAsked,
} from './answer.js';
import { type CategoryStep, categoriesBelow } from './categories.js';
import { type Intent, intentFit, intentOf } from './intent.js';
import { type PastSearch, queryKey, SearchMemory } from './memory.js';
import { Pages, type RankedAnswer } from './pages.js';
import { readPrice } from './prices.js';
import { analyserFor, ProductIndex } from './productIndex.js';
import { openness, order, type Parts, personalise, rankWeights, relevance, zScores } from './rank.js';
import { candidateLimit, few, type Retrieved, retrieve } from './retrieve.js';
import { Selection } from './selection.js';
import { SemanticIndex } from './semantic.js';
import { Suggester } from './suggest.js';
import { readSynonyms, Synonyms } from './synonyms.js';
import { type ItemScores, Taste } from './taste.js';
import { type ClickExample, defaultFusions, type FusionByKind, kindOfQuery, learnFusion } from './weights.js';

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
/** Searches that were followed by a choice from which weights are learned, the newest ones. */
const searchesLearned = 5_000;

/** One search of a shopper, under way. */
interface Asking {
  profile: Profile;
  user: string;
  now: number;
  key: string;
  found: Retrieved;
}

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
  /** How much a shopper's taste counts where a request does not say, 0 to 1; default 1. */
  personal?: number;
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
  #fusions: FusionByKind = defaultFusions;

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

  /** The categories one step below a path, or the first steps of all: `most` of them, the largest first. */
  categories(path: string | undefined, most: number): { categories: CategoryStep[]; total: number } {
    return categoriesBelow(this.products.category, path, most);
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
      if (seen.has(key) || time > now) continue;
      seen.add(key);
      const weight = Math.min(1, times / repeatedFully) * 0.5 ** (Math.max(0, now - time) / searchHalfLife);
      for (const [item, score] of this.#itemsOf(key))
        scores.set(item, Math.max(scores.get(item) ?? 0, weight * score));
    }
    return scores;
  }

  /** How much meaning and taste count, by kind of query. */
  get fusions(): FusionByKind {
    return this.#fusions;
  }

  set fusions(fusions: FusionByKind) {
    this.#fusions = fusions;
  }

  /**
   * Learns from the clicks in memory how much meaning and taste are to count; in use when it resolves. It lets requests
   * go first after each search it looks at.
   */
  async learnFusions(): Promise<FusionByKind> {
    const examples: ClickExample[] = [];
    let looked = 0;
    for (const { user, search } of this.memory.chosen()) {
      if (++looked > searchesLearned) break;
      examples.push(...(await this.#examplesOf(user, search)));
      await new Promise(setImmediate);
    }
    this.#fusions = learnFusion(examples);
    return this.#fusions;
  }

  /** What was shown and chosen after a search, as it was scored then, without what was learned of the query itself. */
  async #examplesOf(user: string, { key, time, shown, chosen }: PastSearch): Promise<ClickExample[]> {
    const { rest, price } = readPrice(key);
    const vector = rest.trim() === '' ? undefined : await this.#semantic?.query(rest);
    const whole = this.options.profile(user, time);
    const profile = { ...whole, events: whole.events.filter((event) => event.time < time) };
    const selection = new Selection(this.products, { facets: [] }, { now: time });
    const found = this.#find({ user, query: key }, rest, selection, vector, {}, profile, 0);
    if (found.step === 'browse' || found.step === 'popular') return [];
    const gate = openness(found.whole < few ? found.whole : found.total, wordsAsked(found).length, new Map());
    const { meaning, ...parts } = this.#parts(found, vector, price, time);
    const base = relevance(parts, gate);
    const means = meaning ? zScores(meaning) : new Float32Array(base.length);
    const taste = await this.#taste({ profile, user, now: time, key, found }, false);
    const places = new Map(found.candidates.map((item, at) => [item, at]));
    const seen = shown.flatMap((id, place) => {
      const at = places.get(this.catalogue.find(id));
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

  /** `at` is a place in the answer: of all that there is, the part around it is ranked. */
  async #answer(request: SearchRequest, question: string, at: number): Promise<RankedAnswer> {
    this.#learnRewordings();
    const now = this.#clock();
    const user = request.user;
    const key = queryKey(request.query);
    const { rest, price } = readPrice(request.query.slice(0, longestQuery));
    const choices = this.memory.choices(key, this.#anonymity);
    const intent = intentOf(this.products, choices);
    const profile = this.options.profile(request.user, now);
    const understood = request.strict ? price : undefined;
    const selection = new Selection(this.products, request, { now, understood, hidden: profile.hidden });
    const vector = rest.trim() === '' ? undefined : await this.#semantic?.query(rest);
    const found = this.#find(request, rest, selection, vector, intent, profile, at);
    const dial = request.personal ?? this.options.personal ?? 1;
    const asked = wordsAsked(found).length;
    const gate = openness(found.whole < few ? found.whole : found.total, asked, choices);
    const fusion = this.#fusions[kindOfQuery(wordsAsked(found))];
    const taste =
      dial > 0 && gate > 0 ? await this.#taste({ profile, user, now, key, found }, true) : undefined;
    const sorted = request.sort !== undefined && request.sort !== 'relevance';
    const moved = !sorted && taste?.isKnown;
    // What is known of a shopper takes the place of what others like.
    const { popularity, popularityAlone } = rankWeights;
    const known = popularityAlone + dial * (popularity - popularityAlone);
    const parts = sorted
      ? undefined
      : { ...this.#parts(found, vector, price, now), ...this.#learnedParts(found, key, intent) };
    const relevantBy = (weight: number): Float32Array =>
      parts ? relevance(parts, gate, { meaning: fusion.meaning, popularity: weight }) : found.scores;
    // Items that lack a word leave open what is meant: taste may order them more freely.
    const loose = dial * openness(found.total, asked, choices);
    const strength = (at: number): number => (at < found.whole ? dial * gate : loose);
    const scores = moved
      ? personalise(relevantBy(known), found.candidates, taste, strength, fusion.taste)
      : relevantBy(popularityAlone);
    const ranked = order(scores, found.whole);
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
      ...(moved && request.explain
        ? { lifts: liftsOf(order(relevantBy(popularityAlone), found.whole), ranked, found.candidates, taste) }
        : {}),
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

  /** `current`: as of now, with what the deployed model says, and with candidates that only taste points at. */
  async #taste({ profile, user, now, key, found }: Asking, current: boolean): Promise<Taste> {
    const { signals = {} } = this.options;
    const related = signals.related?.(profile, now) ?? nothing;
    const searched = this.interests(user, now, key);
    const known = new Taste(this.products, { profile, now, related, searched, model: nothing });
    if (!current) return known;
    // Before anything is waited for: the index answers another search then.
    this.#addPointedAt(found, known);
    if (profile.events.length === 0 || !signals.model) return known;
    const model = await signals.model(profile, found.candidates, now);
    return new Taste(this.products, { profile, now, related, searched, model });
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
    vector: Float32Array | undefined,
    price: { min?: number; max?: number } | undefined,
    now: number,
  ): Parts {
    const { popularity } = this.options.signals ?? {};
    const semantic = this.#semantic;
    const parts: Parts = { words: scores };
    const each = (value: (item: number) => number): Float32Array => Float32Array.from(candidates, value);
    if (semantic && vector) parts.meaning = each((item) => semantic.cosine(item, vector));
    if (popularity) parts.popularity = each((item) => Math.log1p(popularity(item, now)));
    if (price) {
      const { min = 0, max = Infinity } = price;
      parts.price = each((item) => {
        const own = this.products.prices.get(item);
        return own >= min && own <= max ? 1 : 0;
      });
    }
    return parts;
  }

  /** What clicks after this very query say. */
  #learnedParts({ candidates }: Retrieved, key: string, intent: Intent): Partial<Parts> {
    const parts: Partial<Parts> = {};
    const each = (value: (item: number) => number): Float32Array => Float32Array.from(candidates, value);
    if (this.memory.isAsked(key, this.#anonymity))
      parts.attraction = each((item) => this.memory.attraction(key, this.catalogue.id(item)));
    if (Object.keys(intent).length > 0) parts.intent = each(intentFit(this.products, intent));
    return parts;
  }

  #page(answer: RankedAnswer, request: SearchRequest, at: number): SearchResponse {
    const { handles, first, scores, lifts, about } = answer;
    const end = first + handles.length;
    const count = request.count ?? defaultCount;
    const items: FoundItem[] = [];
    const matches = matcherOf(answer.clauses);
    const now = this.#clock();
    let next = at;
    for (; next < end && items.length < count; next++) {
      const handle = handles[next - first]!;
      // Withdrawn, or over, since the first page.
      if (!this.catalogue.shown(handle) || !this.catalogue.inSeason(handle, now)) continue;
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
    const selection = new Selection(this.products, { facets: [] }, { now: this.#clock() });
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
