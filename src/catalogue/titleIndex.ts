import { fnv1a, type Item } from '../core/index.js';
import { ensureCapacity, topK } from '../math/index.js';
import type { Catalogue } from './catalogue.js';
import { categoryOf, type TitleToken, titleTokens, tokenKinds } from './titleTokens.js';
import { TokenPool } from './tokenPool.js';
import { WordInformation } from './wordInformation.js';

/** Items looked at for one that are like it. */
const lookedAt = 10_000;
/** Items whose neighbours are remembered until the catalogue changes, and how many of each. */
const remembered = { items: 10_000, neighbours: 120 };
/** Prices so far apart (natural logarithm) or less are mostly of one class. */
const priceStep = 0.12;
/** How fast likeness falls with the distance of prices: a tenth of the price leaves a fifth. */
const priceFall = 0.7;
/** Where the head of a title stands: how much a word counts by its place (`TitleToken`). */
const headFactors = [2, 1.3, 1, 0.6];
/** What two words beside each other count beside the two of them. */
const compoundFactor = 0.6;
/** Weights are whole numbers, so that their sums are exact in any order. */
const unit = 1_000;

/** Items like another, best first, each with its similarity in (0, 1]. */
export interface Similar {
  handles: Int32Array;
  similarities: Float32Array;
}
const nothing: Similar = { handles: new Int32Array(0), similarities: new Float32Array(0) };

/**
 * Words that stand beside each other are known by a hash of the two, above every word's number, and by how often they
 * do: a list of them all would be longer than that of the words.
 */
const compounds = { from: 1 << 26, buckets: 1 << 20 };

/** What an item says. */
interface Entry {
  /** `16 · word + 4 · place + kind`, in rising order, compounds last. */
  tokens: Uint32Array;
  /** Of each that is a compound, where its two words are in `tokens`: `256 · first + second`. */
  parts: Uint16Array;
  logPrice: number;
}

/**
 * Which items are the same kind of thing, by the words of their titles, their categories and their price: weighted
 * Jaccard. What a word counts in a title is its rarity times what it tells (`WordInformation`), and more where it tells
 * more than the words beside it or stands where heads do: the head of "slate heart chalkboard" is not its heart.
 * It needs no training and an item has neighbours as soon as it is put.
 */
export class TitleIndex {
  #version = 0;
  readonly #words = new Map<string, number>();
  readonly #postings: number[][] = [];
  /** What each item says, and what of it counts how much as of the version in `#weighedAt`: made when somebody asks. */
  readonly #pool = new TokenPool();
  #logPrices = new Float64Array(256);
  #masses = new Float64Array(256);
  #weighedAt = new Int32Array(256);
  readonly #information = new WordInformation();
  readonly #categoryNumbers = new Map<string, number>();
  readonly #compounds = new Int32Array(compounds.buckets);
  #titles = 0;
  /** What each word tells, as of which version. */
  #tells = new Float64Array(0);
  #tellsAt = new Int32Array(0);
  /** Number of the last search that came by the item. */
  #visited = new Uint32Array(0);
  #search = 0;
  #similarAt = -1;
  readonly #similar = new Map<number, Similar>();

  #follows = false;

  constructor(private readonly catalogue: Catalogue) {}

  /** Reads the catalogue and follows it from now on; the first question does so, too. */
  follow(): void {
    if (this.#follows) return;
    this.#follows = true;
    for (const { id } of this.catalogue.all()) this.#index(this.catalogue.find(id));
    this.catalogue.onChange((handle) => this.#index(handle));
  }

  /** Another number after each change of what an item says. */
  get version(): number {
    this.follow();
    return this.#version;
  }

  /** At most `k` ≤ 120 of the most similar items; `handle` itself is left out. */
  similar(handle: number, k: number): Similar {
    this.follow();
    if (this.#pool.length(handle) === 0) return nothing;
    if (this.#similarAt !== this.#version) this.#similar.clear();
    this.#similarAt = this.#version;
    let found = this.#similar.get(handle);
    if (!found) {
      found = this.#nearest(handle);
      if (this.#similar.size >= remembered.items) this.#similar.clear();
      this.#similar.set(handle, found);
    }
    return { handles: found.handles.subarray(0, k), similarities: found.similarities.subarray(0, k) };
  }

  /** Similarity of two items in [0, 1]. */
  similarity(a: number, b: number): number {
    this.follow();
    if (this.#pool.length(a) === 0 || this.#pool.length(b) === 0) return 0;
    return this.#likeness(a, b);
  }

  #likeness(a: number, b: number): number {
    this.#weigh(a);
    this.#weigh(b);
    const { tokens, weights } = this.#pool;
    const [ourEnd, theirEnd] = [this.#endOf(a), this.#endOf(b)];
    let shared = 0;
    for (let i = this.#pool.start(a), j = this.#pool.start(b); i < ourEnd && j < theirEnd; ) {
      const difference = wordOf(tokens[i]!) - wordOf(tokens[j]!);
      if (difference === 0) shared += Math.min(weights[i]!, weights[j]!);
      if (difference <= 0) i++;
      if (difference >= 0) j++;
    }
    if (shared === 0) return 0;
    const apart = Math.abs(this.#logPrices[a]! - this.#logPrices[b]!);
    const price = Number.isNaN(apart) ? 1 : Math.exp(-priceFall * apart);
    return (shared / (this.#masses[a]! + this.#masses[b]! - shared)) * price;
  }

  #endOf(handle: number): number {
    return this.#pool.start(handle) + this.#pool.length(handle);
  }

  #nearest(handle: number): Similar {
    const near = this.#sharing(handle).sort();
    const similarities = Float32Array.from(near, (other) => this.#likeness(handle, other));
    const { rows, scores } = topK(similarities, Math.min(remembered.neighbours, near.length));
    return { handles: Int32Array.from(rows, (at) => near[at]!), similarities: scores };
  }

  /** Items that share a word: those of the words first that tell much and that few have. */
  #sharing(handle: number): Int32Array {
    this.#weigh(handle);
    const tokens = this.#pool.of(handle);
    const weights = this.#pool.weights.subarray(this.#pool.start(handle), this.#endOf(handle));
    this.#visited = ensureCapacity(this.#visited, this.catalogue.handles);
    const search = ++this.#search;
    const found = new Int32Array(Math.min(lookedAt, this.catalogue.handles));
    let size = 0;
    const cheapFirst = [...tokens.keys()]
      .filter((at) => wordOf(tokens[at]!) < compounds.from)
      .map((at) => ({ at, cost: this.#postings[wordOf(tokens[at]!)]!.length / (1 + weights[at]!) }))
      .sort((a, b) => a.cost - b.cost || a.at - b.at);
    let left = lookedAt;
    for (const { at } of cheapFirst) {
      for (const other of this.#postings[wordOf(tokens[at]!)]!) {
        if (left-- <= 0) return found.subarray(0, size);
        if (other === handle || this.#visited[other] === search) continue;
        this.#visited[other] = search;
        found[size++] = other;
      }
    }
    return found.subarray(0, size);
  }

  /** What the words of an item count in it now. */
  #weigh(handle: number): void {
    if (this.#weighedAt[handle] === this.#version) return;
    this.#weighedAt[handle] = this.#version;
    const { tokens, weights } = this.#pool;
    const start = this.#pool.start(handle);
    const mean = this.#meanOfWords(this.#pool.of(handle));
    let mass = 0;
    for (let at = start; at < this.#endOf(handle); at++) {
      const isCompound = wordOf(tokens[at]!) >= compounds.from;
      const weight = isCompound ? this.#weightOfCompound(start, at) : this.#weightOf(tokens[at]!, mean);
      weights[at] = Math.round(unit * weight);
      mass += weights[at]!;
    }
    this.#masses[handle] = mass;
  }

  /** Rarity times what the word tells, and more where it tells more than the others of the title. */
  #weightOf(token: number, mean: number): number {
    const word = wordOf(token);
    const tells = this.#tellsOf(word);
    const share = kindOf(token) === tokenKinds.word ? (tells * headFactor(token)) / mean : 1;
    return this.#rarity(this.#postings[word]!.length) * tells * share;
  }

  /** A compound tells what both of its words tell. */
  #weightOfCompound(start: number, at: number): number {
    const { tokens, parts } = this.#pool;
    const compound = wordOf(tokens[at]!) - compounds.from;
    const [first, second] = [tokens[start + (parts[at]! >> 8)]!, tokens[start + (parts[at]! & 255)]!];
    const tells = Math.min(this.#tellsOf(wordOf(first)), this.#tellsOf(wordOf(second)));
    return compoundFactor * this.#rarity(this.#compounds[compound]!) * tells;
  }

  /** What the words of a title tell, on average, each as much as its place counts. */
  #meanOfWords(tokens: Uint32Array): number {
    let [total, count] = [0, 0];
    for (const token of tokens) {
      if (kindOf(token) !== tokenKinds.word) continue;
      total += this.#tellsOf(wordOf(token)) * headFactor(token);
      count++;
    }
    return count > 0 ? total / count : 1;
  }

  #rarity(items: number): number {
    return Math.log(1 + this.#titles / items);
  }

  #tellsOf(word: number): number {
    this.#tellsAt = ensureCapacity(this.#tellsAt, this.#postings.length);
    this.#tells = ensureCapacity(this.#tells, this.#postings.length);
    if (this.#tellsAt[word] !== this.#version) {
      this.#tellsAt[word] = this.#version;
      this.#tells[word] = this.#information.tells(word, this.#postings[word]!);
    }
    return this.#tells[word]!;
  }

  #index(handle: number): void {
    const item = this.catalogue.item(handle);
    const before = this.#entry(handle);
    const entry = item ? this.#entryOf(item) : undefined;
    const { prices, categories } = this.#information;
    const priced = prices.set(handle, entry ? priceClass(entry.logPrice) : 0);
    const filed = categories.set(handle, item ? this.#categoryNumber(item) : 0);
    const sameWords = before === entry || (!!before && !!entry && saysTheSame(before, entry));
    if (sameWords && !priced && !filed && Object.is(before?.logPrice, entry?.logPrice)) return;
    this.#version++;
    this.#file(before, handle, sameWords ? 0 : -1);
    this.#file(entry, handle, sameWords ? 0 : 1);
    this.#titles += (entry ? 1 : 0) - (before ? 1 : 0);
    this.#keep(handle, entry);
  }

  #entry(handle: number): Entry | undefined {
    if (this.#pool.length(handle) === 0) return undefined;
    const tokens = this.#pool.of(handle);
    const start = this.#pool.start(handle);
    const parts = this.#pool.parts.subarray(start, start + tokens.length);
    return { tokens, parts, logPrice: this.#logPrices[handle]! };
  }

  #keep(handle: number, entry: Entry | undefined): void {
    this.#logPrices = ensureCapacity(this.#logPrices, handle);
    this.#masses = ensureCapacity(this.#masses, handle);
    this.#weighedAt = ensureCapacity(this.#weighedAt, handle);
    this.#weighedAt[handle] = 0;
    this.#logPrices[handle] = entry?.logPrice ?? Number.NaN;
    this.#pool.put(handle, entry?.tokens ?? noTokens, entry?.parts ?? noParts);
  }

  /** Puts the item with (1) or takes it from (−1) those that share its words; 0 where only what it is has changed. */
  #file(entry: Entry | undefined, handle: number, change: -1 | 0 | 1): void {
    for (const token of entry?.tokens ?? []) {
      const word = wordOf(token);
      if (word >= compounds.from) {
        this.#compounds[word - compounds.from]! += change;
        continue;
      }
      const postings = this.#postings[word]!;
      if (change > 0) postings.push(handle);
      else if (change < 0) postings.splice(postings.indexOf(handle), 1);
      this.#information.changed(word);
    }
  }

  #entryOf(item: Item): Entry | undefined {
    const found = titleTokens(item);
    if (found.length === 0) return undefined;
    const numbers = found.map((token) => 16 * this.#number(token) + placeOf(token));
    const tokens = Uint32Array.from(numbers).sort();
    const places = new Map<string, number>();
    for (const [at, { text, kind }] of found.entries())
      if (kind === tokenKinds.word) places.set(text, tokens.indexOf(numbers[at]!));
    const words = found.map((token, at) => ({ parts: token.parts, number: numbers[at]! }));
    const ofCompounds = words
      .filter((token) => token.parts)
      .sort((one, other) => one.number - other.number)
      .map(({ parts }) => 256 * places.get(parts![0])! + places.get(parts![1])!);
    // Compounds come last.
    const parts = new Uint16Array(tokens.length);
    parts.set(ofCompounds, tokens.length - ofCompounds.length);
    return {
      tokens,
      parts,
      logPrice: item.price !== undefined && item.price > 0 ? Math.log(item.price) : Number.NaN,
    };
  }

  #number({ text, kind }: TitleToken): number {
    if (kind === tokenKinds.compound) return compounds.from + (fnv1a(text) % compounds.buckets);
    const known = this.#words.get(text);
    if (known !== undefined) return known;
    this.#words.set(text, this.#postings.length);
    return this.#postings.push([]) - 1;
  }

  /** From 1 on; 0 where the item has none. */
  #categoryNumber(item: Item): number {
    const name = categoryOf(item);
    if (name === undefined) return 0;
    const number = this.#categoryNumbers.get(name) ?? this.#categoryNumbers.size + 1;
    this.#categoryNumbers.set(name, number);
    return number;
  }
}

const noTokens = new Uint32Array(0);
const noParts = new Uint16Array(0);

const placeOf = ({ kind, place }: TitleToken): number => kind + 4 * place;
const wordOf = (token: number): number => token >>> 4;
const kindOf = (token: number): number => token & 3;
const headFactor = (token: number): number => headFactors[(token >>> 2) & 3]!;

/** Above 0 for every price; 0 for none. */
const priceClass = (logPrice: number): number =>
  Number.isNaN(logPrice) ? 0 : 1_000_000 + Math.round(logPrice / priceStep);

const saysTheSame = (a: Entry, b: Entry): boolean =>
  a.tokens.length === b.tokens.length && a.tokens.every((token, at) => token === b.tokens[at]);
