import { ensureCapacity } from '../math/index.js';
import { stem } from '../text/index.js';
import { editDistance, editsAllowed, TypoDictionary } from './typos.js';

/** New words that are looked through one by one before they are sorted. */
const unsorted = 1_000;
/** Numbers of words that are no more, kept from use until so many, for the sorted list still has them. */
const released = 1_000;
const latin = /^[a-z]+$/;
/** Letters of a part of a word that two are written together as. */
const leastPart = 3;

/**
 * The words of the index as they stand in the texts, each with the term it is counted under (its stem). Words come
 * and go with the items that use them; their numbers are used again.
 */
export class Lexicon {
  readonly #numbers = new Map<string, number>();
  readonly #words: string[] = [];
  #terms = new Uint32Array(256);
  /** Items that use the word. */
  #uses = new Uint32Array(256);
  readonly #free: number[] = [];
  #freed: number[] = [];
  /**
   * Numbers in the order of their words, in runs of which each is at least twice as long as the next: a search finds all
   * words sorted, however many have just come. Those freed since are still among them.
   */
  #runs: Uint32Array[] = [];
  #fresh: number[] = [];
  readonly #typos = new TypoDictionary();
  readonly #termNumbers = new Map<string, number>();
  readonly #termWords = new Map<number, number>();
  readonly #termNames: string[] = [];
  readonly #freeTerms: number[] = [];

  /** Words in use. */
  get size(): number {
    return this.#numbers.size;
  }

  get terms(): number {
    return this.#termNumbers.size;
  }

  /** Every word, with the items that use it. */
  *all(): Iterable<{ word: string; uses: number }> {
    for (const [word, number] of this.#numbers) yield { word, uses: this.#uses[number]! };
  }

  /** Number of `word`, −1 when no item has it. */
  find(word: string): number {
    return this.#numbers.get(word) ?? -1;
  }

  word(number: number): string {
    return this.#words[number]!;
  }

  term(number: number): number {
    return this.#terms[number]!;
  }

  /** Term of a word that need not be in any item: its stem may be. −1 when there is none. */
  termOf(word: string): number {
    const known = this.#numbers.get(word);
    return known === undefined ? (this.#termNumbers.get(stem(word)) ?? -1) : this.#terms[known]!;
  }

  uses(number: number): number {
    return this.#uses[number]!;
  }

  /** One more item has `word`; returns its number. */
  use(word: string): number {
    let number = this.#numbers.get(word);
    if (number === undefined) number = this.#add(word);
    this.#uses[number]!++;
    if (this.#fresh.length >= unsorted) this.#sort();
    return number;
  }

  /** One item less has it. */
  release(number: number): void {
    if (--this.#uses[number]! > 0) return;
    const word = this.#words[number]!;
    this.#numbers.delete(word);
    if (latin.test(word)) this.#typos.remove(word, number);
    this.#freed.push(number);
    const term = this.#terms[number]!;
    const left = this.#termWords.get(term)! - 1;
    this.#termWords.set(term, left);
    if (left === 0) {
      this.#termWords.delete(term);
      this.#termNumbers.delete(this.#termNames[term]!);
      this.#freeTerms.push(term);
    }
    if (this.#freed.length > Math.max(released, this.size / 4)) this.#tidy();
  }

  /** At most `count` of the words that begin with `prefix` and are not it, those of most items first. */
  withPrefix(prefix: string, count: number): number[] {
    const found: number[] = [];
    const take = (number: number): void => {
      if (this.#uses[number]! > 0 && this.#words[number] !== prefix) found.push(number);
    };
    for (const run of this.#runs)
      for (let at = this.#firstFrom(prefix, run); at < run.length; at++) {
        const number = run[at]!;
        if (!this.#words[number]!.startsWith(prefix)) break;
        take(number);
      }
    for (const number of this.#fresh) if (this.#words[number]!.startsWith(prefix)) take(number);
    return found.sort((a, b) => this.#uses[b]! - this.#uses[a]! || a - b).slice(0, count);
  }

  /** At most `count` words within the edits that the length of `word` allows, nearest first. */
  near(word: string, count: number): { number: number; edits: number }[] {
    const limit = editsAllowed(word.length);
    if (limit === 0 || !latin.test(word)) return [];
    const seen = new Map<number, number>();
    this.#typos.candidates(word, (number) => {
      if (seen.has(number)) return;
      const edits = editDistance(word, this.#words[number]!, limit);
      seen.set(number, edits);
    });
    return [...seen]
      .filter(([, edits]) => edits > 0 && edits <= limit)
      .map(([number, edits]) => ({ number, edits }))
      .sort(
        (a, b) =>
          // A first letter is rarely wrong.
          a.edits - b.edits ||
          Number(this.#words[b.number]![0] === word[0]) - Number(this.#words[a.number]![0] === word[0]) ||
          this.#uses[b.number]! - this.#uses[a.number]! ||
          a.number - b.number,
      )
      .slice(0, count);
  }

  /** The two words that `word` is written together of, the commonest such; undefined where there are none. */
  parts(word: string): [number, number] | undefined {
    if (!latin.test(word)) return undefined;
    let best: [number, number] | undefined;
    let most = 0;
    for (let at = leastPart; at <= word.length - leastPart; at++) {
      const first = this.find(word.slice(0, at));
      const second = this.find(word.slice(at));
      if (first < 0 || second < 0) continue;
      const uses = Math.min(this.#uses[first]!, this.#uses[second]!);
      if (uses > most) [best, most] = [[first, second], uses];
    }
    return best;
  }

  /** Words that have `character` somewhere, those of most items first: what one Chinese character asks for. */
  containing(character: string, count: number): number[] {
    const found: number[] = [];
    for (const [word, number] of this.#numbers) if (word.includes(character)) found.push(number);
    return found.sort((a, b) => this.#uses[b]! - this.#uses[a]! || a - b).slice(0, count);
  }

  #add(word: string): number {
    const number = this.#free.pop() ?? this.#words.length;
    this.#words[number] = word;
    this.#terms = ensureCapacity(this.#terms, number);
    this.#uses = ensureCapacity(this.#uses, number);
    this.#uses[number] = 0;
    this.#numbers.set(word, number);
    const term = this.#termFor(stem(word));
    this.#terms[number] = term;
    this.#termWords.set(term, (this.#termWords.get(term) ?? 0) + 1);
    this.#fresh.push(number);
    if (latin.test(word)) this.#typos.add(word, number);
    return number;
  }

  #termFor(name: string): number {
    const known = this.#termNumbers.get(name);
    if (known !== undefined) return known;
    const term = this.#freeTerms.pop() ?? this.#termNames.length;
    this.#termNames[term] = name;
    this.#termNumbers.set(name, term);
    return term;
  }

  #firstFrom(prefix: string, run: Uint32Array): number {
    let low = 0;
    let high = run.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#words[run[middle]!]! < prefix) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Makes a run of the new words, and one of two where they are of like length. */
  #sort(): void {
    const words = this.#words;
    this.#runs.push(Uint32Array.from(this.#fresh).sort((a, b) => (words[a]! < words[b]! ? -1 : 1)));
    this.#fresh = [];
    while (this.#runs.length > 1 && this.#runs.at(-2)!.length < 2 * this.#runs.at(-1)!.length)
      this.#mergeLast();
  }

  /** Makes one run of all, without the words that are no more: their numbers may be used again. */
  #tidy(): void {
    this.#sort();
    while (this.#runs.length > 1) this.#mergeLast();
    this.#runs = this.#runs.map((run) => run.filter((number) => this.#uses[number]! > 0));
    for (const number of this.#freed) this.#free.push(number);
    this.#freed = [];
  }

  #mergeLast(): void {
    const short = this.#runs.pop()!;
    const long = this.#runs.pop()!;
    const merged = new Uint32Array(long.length + short.length);
    let at = 0;
    let size = 0;
    for (const number of long) {
      const word = this.#words[number]!;
      while (at < short.length && this.#words[short[at]!]! < word) merged[size++] = short[at++]!;
      merged[size++] = number;
    }
    merged.set(short.subarray(at), size);
    this.#runs.push(merged);
  }
}
