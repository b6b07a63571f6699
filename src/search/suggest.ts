import type { Suggestion, SuggestRequest, SuggestResponse } from '../core/index.js';
import { fold, isStopWord, pinyinOf } from '../text/index.js';
import { Completions, type Entry, nearPrefixes } from './completions.js';
import { queryKey, type SearchMemory } from './memory.js';
import type { ProductIndex } from './productIndex.js';
import { SpelledWords } from './spelledWords.js';

/** Products among the suggestions, and titles that are looked at. */
const productLimit = 20_000;
const longestTitle = 80;
/** After a change the list is made anew, but at most this often, ms, and for so small a share of the time. */
const pauseMs = 1_000;
const pauseFactor = 200;
const longestPrefix = 60;
/** Completions among which one is looked for that pinyin completes. */
const pinyinTried = 10;
/** A category counts like a query asked so often. */
const weights = { category: 50, brand: 30, product: 0.5 };

/** Completes what a shopper types: queries of many, categories, brands, products, and what they asked before. */
export class Suggester {
  readonly #spelled = new SpelledWords();
  #spelling: Promise<void> | undefined;
  #list: Completions | undefined;
  #madeOf = 0;
  #madeAt = -Infinity;
  #pauseMs = 0;
  #forgotten = -1;
  #making: Promise<Completions> | undefined;

  constructor(
    private readonly products: ProductIndex,
    private readonly memory: SearchMemory,
    private readonly anonymity: number,
  ) {}

  async suggest({ user, prefix, count = 8 }: SuggestRequest, now: number): Promise<SuggestResponse> {
    const list = await this.#current(now);
    const typed = keyOf(prefix);
    const own = this.#own(user, typed);
    if (typed === '') return { prefix, suggestions: own.slice(0, count) };
    let found = list.best(typed, 2 * count);
    let corrected: string | undefined;
    if (found.length === 0 && own.length === 0) {
      corrected = this.#nearest(list, typed);
      if (corrected !== undefined) found = list.best(corrected, 2 * count);
    }
    const suggestions = [...own];
    const known = new Set(own.map(({ text }) => queryKey(text)));
    for (const number of found) {
      const suggestion = this.#suggestion(list.entries[number]!, now);
      if (suggestion && !known.has(queryKey(suggestion.text))) {
        known.add(queryKey(suggestion.text));
        suggestions.push(suggestion);
      }
    }
    return {
      prefix,
      suggestions: suggestions.slice(0, count),
      ...(corrected === undefined ? {} : { corrected }),
    };
  }

  /**
   * What a query in Latin letters is the pinyin of, or its beginning or initials: a query of others, a category or brand,
   * else words of titles, else the title that begins so. Undefined where a word of it is in the shop, and in a shop
   * without Chinese.
   */
  async pinyin(query: string, now: number): Promise<string | undefined> {
    const { analyser, words } = this.products;
    const typed = keyOf(query).replaceAll(' ', '');
    if (!analyser.chinese || !/^[a-z]{2,}$/.test(typed)) return undefined;
    const asked = analyser.tokens(query).map(({ word }) => word);
    if (asked.some((word) => words.lexicon.termOf(word) >= 0)) return undefined;
    const list = await this.#current(now);
    const found = list.best(typed, pinyinTried).map((number) => list.entries[number]!);
    const chinese = found.filter(({ text }) => pinyinOf(text));
    const named = chinese.find(({ kind }) => kind !== 'product');
    if (!named && this.#spelled.size === 0) await this.#spelling;
    return named?.text ?? this.#spelled.read(typed) ?? chinese[0]?.text;
  }

  /** The shopper's own queries that begin so, last first. */
  #own(user: string, typed: string): Suggestion[] {
    const found = new Map<string, Suggestion>();
    const past = this.memory.searchesOf(user);
    for (let at = past.length - 1; at >= 0 && found.size < 3; at--) {
      const { key } = past[at]!;
      if (!found.has(key) && this.#keysOf(key).some((each) => each.startsWith(typed)))
        found.set(key, { text: key, kind: 'query', personal: true });
    }
    return [...found.values()];
  }

  #suggestion({ text, kind, item }: Entry, now: number): Suggestion | undefined {
    if (item === undefined) return { text, kind };
    // The list may be some seconds old: what was withdrawn since is not shown.
    const { catalogue } = this.products;
    return catalogue.shown(item) && catalogue.inSeason(item, now)
      ? { text, kind, id: catalogue.id(item) }
      : undefined;
  }

  #nearest(list: Completions, typed: string): string | undefined {
    let best: string | undefined;
    let most = -1;
    for (const near of nearPrefixes(typed, (prefix) => list.has(prefix))) {
      if (!list.has(near)) continue;
      const [first] = list.best(near, 1);
      const { weight } = list.entries[first!]!;
      if (weight > most) [best, most] = [near, weight];
    }
    return best;
  }

  /** The list there is, while another is made of what changed; none is shown that an erased shopper is in. */
  async #current(now: number): Promise<Completions> {
    const changes = this.products.version + this.memory.changes;
    const due = changes !== this.#madeOf && performance.now() - this.#madeAt > this.#pauseMs;
    const isWhole = this.#list && this.#forgotten === this.memory.forgotten;
    if (isWhole && !due) return this.#list!;
    this.#making ??= this.#make(now).finally(() => {
      this.#making = undefined;
    });
    return isWhole ? this.#list! : this.#making;
  }

  async #make(now: number): Promise<Completions> {
    for (;;) {
      const started = performance.now();
      const changes = this.products.version + this.memory.changes;
      const { forgotten } = this.memory;
      const list = await Completions.of(this.#entries(now), (entry) => this.#keysOf(entry.text));
      // Somebody was erased meanwhile, and may be in it.
      if (forgotten !== this.memory.forgotten) continue;
      this.#madeAt = performance.now();
      this.#pauseMs = Math.max(pauseMs, pauseFactor * (this.#madeAt - started));
      this.#madeOf = changes;
      this.#forgotten = forgotten;
      this.#list = list;
      if (this.products.hasChinese) this.#spelling = this.#spell();
      return list;
    }
  }

  /** One after the other; suggestions do not wait for it, and only the first search in pinyin does. */
  async #spell(): Promise<void> {
    await this.#spelling;
    await this.#spelled.follow(this.products);
  }

  /** Ways to type a text: as it is, and in a shop with Chinese by its pinyin and the initials of that. */
  #keysOf(text: string): string[] {
    const pinyin = this.products.hasChinese ? pinyinOf(text) : undefined;
    const own = keyOf(text);
    return pinyin ? [own, keyOf(pinyin.whole), keyOf(pinyin.initials)] : [own];
  }

  /**
   * Whether the catalogue has every word: a few made-up shoppers are soon made, and what they ask for must not become
   * what the shop says to everybody.
   */
  #isOfTheShop(text: string): boolean {
    const { analyser, words } = this.products;
    const asked = analyser.tokens(text).filter(({ kind }) => kind === 'word');
    return asked.every(({ word }) => isStopWord(word) || words.lexicon.termOf(word) >= 0);
  }

  *#entries(now: number): Iterable<Entry> {
    for (const { text, count, believed } of this.memory.popular(now, this.anonymity))
      if (believed || this.#isOfTheShop(text)) yield { text, kind: 'query', weight: count };
    for (const kind of ['category', 'brand'] as const) {
      const column = this.products.facets.get(kind)!;
      for (let number = 0; number < column.numbers; number++) {
        const uses = column.uses(number);
        if (uses > 0) yield { text: column.name(number), kind, weight: weights[kind] * Math.log1p(uses) };
      }
    }
    const { catalogue } = this.products;
    let left = productLimit;
    for (let item = 0; item < catalogue.handles && left > 0; item++) {
      const title = catalogue.item(item)?.title;
      if (!title || title.length > longestTitle || !catalogue.shown(item)) continue;
      left--;
      yield { text: title, kind: 'product', weight: weights.product, item };
    }
  }
}

function keyOf(text: string): string {
  return fold(text)
    .replace(/[\p{P}\p{S}\p{C}\s]+/gu, ' ')
    .trimStart()
    .slice(0, longestPrefix);
}
