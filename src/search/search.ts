import { type Catalogue, FilterSets } from '../catalogue/index.js';
import type {
  FoundItem,
  PriceRange,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
} from '../core/index.js';
import {
  type Aside,
  aside,
  type Clock,
  newId,
  type Profile,
  slicer,
  systemClock,
  Turnstile,
} from '../core/index.js';
import { Matches } from '../index/index.js';
import { gather } from '../math/index.js';
import { eligibility, warned } from '../recommend/index.js';
import { highlight, type TextEmbedder } from '../text/index.js';
import { check, liftsOf, matcherOf, questionOf, understoodOf, wordsAsked } from './answer.js';
import { type CategoryStep, categoriesBelow } from './categories.js';
import type { SearchContext, SearchSignals } from './context.js';
import { clickExamples } from './examples.js';
import { find } from './find.js';
import { type Intent, intentOf } from './intent.js';
import { Interests } from './interests.js';
import { queryKey, SearchMemory } from './memory.js';
import { Pages, type RankedAnswer } from './pages.js';
import { learnedParts, plainParts } from './parts.js';
import { readPrice } from './prices.js';
import { analyserFor, ProductIndex } from './productIndex.js';
import { openness, order, personalise, rankWeights, relevance } from './rank.js';
import { opennessOf, type Retrieved } from './retrieve.js';
import { Selection } from './selection.js';
import { SemanticIndex } from './semantic.js';
import { currentTaste } from './shopper.js';
import { Suggester } from './suggest.js';
import { readSynonyms, Synonyms } from './synonyms.js';
import type { ItemScores } from './taste.js';
import { warmUp } from './warmUp.js';
import { type FusionByKind, fusionsOf, kindOfQuery } from './weights.js';

/** Letters of a query that are read. */
export const longestQuery = 500;
const defaultCount = 20;
/** How long a search holds the loop before others have their turn, where it can be parted, ms. */
const sliceMs = 4;

export interface SearchOptions {
  profile: (user: string, now: number) => Profile;
  memory?: SearchMemory;
  /** What is known of filters already; default: its own. */
  filters?: FilterSets;
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

/** A search of which what answers it was found. */
interface Finding {
  request: SearchRequest;
  question: string;
  /** The query as it is counted, and without its price as it was typed and as it was meant where that is Chinese. */
  key: string;
  typed: string;
  chinese: string | undefined;
  price: PriceRange | undefined;
  choices: ReadonlyMap<string, number>;
  intent: Intent;
  profile: Profile;
  vector: Float32Array | undefined;
  selection: Selection;
  found: Retrieved;
  now: number;
}

/** The letters that are read, as a copy: a part of a text keeps the whole of it in memory, and answers are kept. */
function readPart(query: string): string {
  return query.length <= longestQuery ? query : Buffer.from(query.slice(0, longestQuery)).toString();
}

const isSorted = ({ sort }: SearchRequest): boolean => sort !== undefined && sort !== 'relevance';

/** Search over one shop: finds, ranks for everybody, then for the shopper; and learns from what is chosen. */
export class Search {
  readonly products: ProductIndex;
  readonly memory: SearchMemory;
  /** How much meaning and taste count until clicks say otherwise. */
  readonly usualFusions: FusionByKind;
  /** How much they count, by kind of query. */
  fusions: FusionByKind;
  readonly #context: SearchContext;
  #learning: Aside<FusionByKind> | undefined;
  #stopped = false;
  readonly #interests: Interests;
  readonly #suggester: Suggester;
  readonly #pages = new Pages();
  readonly #warn: (error: unknown, what: string) => void;
  #learnedAt = -1;

  /** Indexes the catalogue. Throws `invalid_synonyms`. */
  constructor(
    private readonly catalogue: Catalogue,
    private readonly options: SearchOptions,
  ) {
    this.#warn = options.warn ?? (() => {});
    this.memory = options.memory ?? new SearchMemory();
    this.products = new ProductIndex(catalogue, analyserFor(catalogue, this.#warn));
    const { meaning, meaningOfModel, taste } = rankWeights;
    this.usualFusions = fusionsOf({ meaning: options.embedder ? meaningOfModel : meaning, taste });
    this.fusions = this.usualFusions;
    this.#context = {
      catalogue,
      filters: options.filters ?? new FilterSets(catalogue),
      products: this.products,
      synonyms: new Synonyms(this.products.analyser),
      memory: this.memory,
      scratch: { small: new Matches(), large: new Matches(), turnstile: new Turnstile() },
      signals: options.signals ?? {},
      profile: options.profile,
      anonymity: options.anonymity ?? 5,
      clock: options.clock ?? systemClock,
      semantic: undefined,
    };
    this.#interests = new Interests(this.#context);
    if (options.synonyms !== undefined) readSynonyms(options.synonyms, this.#context.synonyms);
    if (options.embedder) this.useEmbedder(options.embedder);
    this.#suggester = new Suggester(this.products, this.memory, this.#context.anonymity);
  }

  /**
   * From now on what is near in meaning is found too, as far as titles are embedded. `trust`, 0 to 1: how much its order
   * counts beside that of vectors learned from much text.
   */
  useEmbedder(embedder: TextEmbedder, trust = 1): Promise<void> {
    void this.#context.semantic?.close();
    this.#context.semantic = new SemanticIndex(this.catalogue, embedder, this.#warn, trust);
    return this.#context.semantic.fill();
  }

  async close(): Promise<void> {
    this.products.close();
    await this.#context.semantic?.close();
  }

  /** The categories one step below a path, or the first steps of all: `most` of them, the largest first. */
  categories(path: string | undefined, most: number): { categories: CategoryStep[]; total: number } {
    return categoriesBelow(this.products.category, path, most);
  }

  /** Makes the first requests as quick as the later ones: see `warmUp`. */
  warmUp(): Promise<number> {
    return warmUp(this, this.catalogue, { pinyin: this.products.hasChinese });
  }

  suggest(request: SuggestRequest): Promise<SuggestResponse> {
    return this.#suggester.suggest({ ...request, user: request.user }, this.#context.clock());
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
    // What finds, what shows and what is sent are a turn each: together they would hold others up.
    const slice = slicer(sliceMs);
    const answer = holds ? kept : await this.#answer(request, question, at);
    await slice();
    const page = this.#page(answer, request, at);
    // A page that begins in one part of all that there is and ends in the next.
    const count = request.count ?? defaultCount;
    const end = answer.first + answer.handles.length;
    await slice();
    if (page.items.length === count || page.cursor === undefined || end >= page.total) return page;
    const rest = { ...request, count: count - page.items.length };
    const next = this.#page(await this.#answer(request, question, end), rest, end);
    return { ...next, searchId: page.searchId, items: [...page.items, ...next.items] };
  }

  /** Items that the shopper's repeated searches ask for, 0 to 1: what other pages may show them. */
  interests(user: string, now: number): ItemScores {
    return this.#interests.of(user, now);
  }

  /** Learns from the clicks in memory how much meaning and taste are to count, in a thread; in use when it resolves. */
  async learnFusions(): Promise<FusionByKind> {
    const examples = await clickExamples(this.#context, this.#interests);
    if (this.#stopped) return this.fusions;
    this.#learning = aside(new URL('./weightsThread.js', import.meta.url), {
      examples,
      usual: this.usualFusions,
    });
    this.fusions = (await this.#learning.answer) ?? this.fusions;
    return this.fusions;
  }

  /** Ends `learnFusions`, for good: what counted goes on counting. */
  async stopLearning(): Promise<void> {
    this.#stopped = true;
    await this.#learning?.stop();
  }

  /** `at` is a place in the answer: of all that there is, the part around it is ranked. */
  async #answer(whole: SearchRequest, question: string, at: number): Promise<RankedAnswer> {
    const request = { ...whole, query: readPart(whole.query) };
    this.#learnRewordings();
    const { user } = request;
    const context = this.#context;
    const now = context.clock();
    const key = queryKey(request.query);
    const { rest: typed, price } = readPrice(request.query);
    const chinese = await this.#suggester.pinyin(typed, now);
    const rest = chinese ?? typed;
    const choices = this.memory.choices(key, context.anonymity);
    const intent = intentOf(this.products, choices);
    const profile = this.options.profile(user, now);
    const strict = request.strict ? price : undefined;
    const vector = rest.trim() === '' ? undefined : await context.semantic?.query(rest);
    if (request.filter !== undefined) await context.filters.prepare(request.filter);
    if (this.#dial(request) > 0 && !isSorted(request)) await context.signals.prepare?.(profile, now);
    const eligible = eligibility(this.catalogue, context.filters, request, profile, now);
    const selection = new Selection(this.products, request, eligible, strict);
    const finding = find(context, { request, query: rest, selection, vector, intent, profile, at });
    // Not even a turn of its own is given up where it is at hand: its matches would be gone.
    const found = finding instanceof Promise ? await finding : finding;
    try {
      const asked = { request, question, key, typed, chinese, price, choices, intent };
      const answer = await this.#ranked({ ...asked, profile, vector, selection, found, now });
      this.#pages.keep(answer);
      return answer;
    } finally {
      found.leave?.();
    }
  }

  async #ranked(asking: Finding): Promise<RankedAnswer> {
    const { request, question, key, typed, chinese, price, choices, intent } = asking;
    const { profile, vector, selection, found, now } = asking;
    const { user } = request;
    const context = this.#context;
    const sorted = isSorted(request);
    const dial = this.#dial(request);
    const words = wordsAsked(found);
    const gate = opennessOf(found, words.length, choices);
    const asks = !sorted && dial > 0 && gate > 0;
    const searched = asks ? this.#interests.of(user, now, key) : undefined;
    const taste = searched && (await currentTaste(context, { profile, now, searched, found }));
    const fusion = this.fusions[kindOfQuery(words)];
    const relevant = sorted
      ? found.scores
      : relevance(
          {
            ...plainParts(context, found, vector, price, now),
            ...learnedParts(context, found, key, intent, now),
          },
          fusion.meaning,
        );
    const moved = taste?.isKnown;
    // Items that lack a word leave open what is meant: taste may order them more freely.
    const loose = dial * openness(found.total, words.length, choices);
    const strength = (place: number): number => (place < found.whole ? dial * gate : loose);
    const scores = moved ? personalise(relevant, found.candidates, taste, strength, fusion.taste) : relevant;
    const ranked = order(scores, found.whole);
    const prices = selection.prices();
    const understood = understoodOf(found);
    if (chinese !== undefined) understood.corrected[typed.trim()] = [chinese];
    return {
      question,
      handles: ranked.map((place) => found.candidates[place]!),
      first: found.first ?? 0,
      about: {
        searchId: newId('search', now),
        user,
        total: found.total,
        step: chinese !== undefined && found.step === 'exact' ? 'typo' : found.step,
        facets: selection.facets(),
        ...(prices && { price: prices }),
        understood: { ...understood, ...intent, ...(price && { price }) },
        personal: { dial, gate: moved ? gate : 0 },
        ...warned(context.filters, request),
      },
      scores: gather(scores, ranked),
      clauses: found.clauses,
      ...(moved &&
        request.explain && {
          lifts: liftsOf(order(relevant, found.whole), ranked, found.candidates, taste),
        }),
    };
  }

  /** How much taste counts, 0 to 1. */
  #dial({ personal }: SearchRequest): number {
    return personal ?? this.options.personal ?? 1;
  }

  #page(answer: RankedAnswer, request: SearchRequest, at: number): SearchResponse {
    const { handles, first, scores, lifts, about } = answer;
    const end = first + handles.length;
    const count = request.count ?? defaultCount;
    const items: FoundItem[] = [];
    const matches = matcherOf(answer.clauses);
    const now = this.#context.clock();
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
    return { ...about, query: request.query, items, ...more };
  }

  /** Wordings that many shoppers went over become synonyms. */
  #learnRewordings(): void {
    if (this.#learnedAt === this.memory.reworded) return;
    this.#learnedAt = this.memory.reworded;
    this.#context.synonyms.useLearned(this.memory.rewordings(this.#context.anonymity));
  }
}
