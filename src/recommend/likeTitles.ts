import type { Catalogue } from '../catalogue/index.js';
import type { Profile } from '../core/index.js';
import { topK } from '../math/index.js';
import { TextVectors, titleFade } from '../models/index.js';
import { likedItems } from './likedItems.js';
import { ScoreAccumulator, type Scores } from './scores.js';

/** Items of the shopper that are looked at. */
const itemsRead = 40;
/** A likeness counts times this power of the visits (chosen on Beauty's validation; Online Retail's agrees). */
const liftByVisits = 0.25;
/** Items whose neighbours are remembered until the catalogue changes, and how many of each. */
const remembered = { items: 10_000, neighbours: 100 };

interface Like {
  handles: Uint32Array;
  weights: Float32Array;
}

/** The catalogue by its titles, as it is now: what serves a shop before anything was trained. Rows are handles. */
export class LikeTitles {
  readonly #vectors = new TextVectors();
  readonly #accumulator = new ScoreAccumulator();
  readonly #known = new Map<number, Like>();
  #knownAt = -1;
  #line = new Float32Array(0);

  #follows = false;

  constructor(private readonly catalogue: Catalogue) {}

  /** Reads the catalogue and follows it from now on; the first question does so, too. */
  follow(): void {
    if (this.#follows) return;
    this.#follows = true;
    for (const { id } of this.catalogue.all()) this.#read(this.catalogue.find(id));
    this.catalogue.onChange((handle) => this.#read(handle));
  }

  /** What is like the items of the profile, the last ones most; of two as like the one that more visits touched. */
  ofProfile(profile: Profile, visits: (handle: number) => number): Scores {
    this.follow();
    for (const [place, id] of likedItems(profile, itemsRead).entries()) {
      const weight = titleFade(place);
      const { handles, weights } = this.#like(this.catalogue.find(id));
      for (let near = 0; near < handles.length; near++)
        this.#accumulator.add(handles[near]!, weight * weights[near]!);
    }
    const scores = this.#accumulator.drain();
    const { handles, sums } = scores;
    for (let at = 0; at < handles.length; at++) sums[at]! *= (1 + visits(handles[at]!)) ** liftByVisits;
    return scores;
  }

  #like(handle: number): Like {
    if (this.#knownAt !== this.#vectors.version) this.#known.clear();
    this.#knownAt = this.#vectors.version;
    const known = this.#known.get(handle);
    if (known) return known;
    if (this.#line.length < this.catalogue.handles) this.#line = new Float32Array(2 * this.catalogue.handles);
    const line = this.#line.subarray(0, this.catalogue.handles).fill(0);
    if (handle >= 0) this.#vectors.addLike(handle, line);
    const { rows, scores } = topK(line, remembered.neighbours, (row) => line[row]! > 0);
    const like = { handles: rows.slice(), weights: scores.slice() };
    if (this.#known.size >= remembered.items) this.#known.clear();
    this.#known.set(handle, like);
    return like;
  }

  #read(handle: number): void {
    this.#vectors.set(handle, this.catalogue.item(handle));
  }
}
