import { ensureCapacity } from '../math/index.js';
import { Scores } from './scores.js';

/** Entries kept, and for how long, ms. */
const entries = 10_000;
const time = 20_000;

/**
 * Scores by item, at most `width` of each, that hold until what they were made of changes, and 20 seconds at most. They
 * lie in place: as objects they would each outlive the young heap, and be garbage in the old one soon after.
 */
export class ScoreCache {
  /** Place of each item, +1; 0 where it has none. */
  #places = new Int32Array(1024);
  #size = 0;
  readonly #handles: Uint32Array;
  readonly #sums: Float32Array;
  readonly #lengths = new Int32Array(entries);
  readonly #counts = new Float64Array(entries);
  readonly #titles = new Float64Array(entries);
  readonly #until = new Float64Array(entries);

  /** Room for all: what is not used yet costs no memory, and growing would hold a request up. */
  constructor(private readonly width: number) {
    this.#handles = new Uint32Array(entries * width);
    this.#sums = new Float32Array(entries * width);
  }

  /**
   * What `make` says, from the last call where the versions of the item's counts and of the titles are the same.
   * The result is good until the next context.
   */
  get(item: number, counts: number, titles: number, make: () => Scores): Scores {
    const now = performance.now();
    this.#places = ensureCapacity(this.#places, item);
    const known = this.#places[item]! - 1;
    const holds = known >= 0 && this.#counts[known] === counts && this.#titles[known] === titles;
    if (holds && now < this.#until[known]!) return this.#at(known);
    const scores = make();
    const place = known < 0 ? this.#enter(item) : known;
    this.#keep(place, scores.size > this.width ? scores.best(this.width) : scores);
    this.#counts[place] = counts;
    this.#titles[place] = titles;
    this.#until[place] = now + time;
    return this.#at(place);
  }

  forget(): void {
    this.#places.fill(0);
    this.#size = 0;
  }

  #enter(item: number): number {
    if (this.#size === entries) this.forget();
    this.#places[item] = ++this.#size;
    return this.#size - 1;
  }

  #keep(place: number, { handles, sums }: Scores): void {
    this.#handles.set(handles, place * this.width);
    this.#sums.set(sums, place * this.width);
    this.#lengths[place] = handles.length;
  }

  #at(place: number): Scores {
    const from = place * this.width;
    const to = from + this.#lengths[place]!;
    return new Scores(this.#handles.subarray(from, to), this.#sums.subarray(from, to));
  }
}
