import type { Catalogue } from '../catalogue/index.js';
import type { ShopState } from '../state/index.js';

/** Sum of decayed event weights from which on a statistic speaks for itself; below, the slower one fills in. */
const enough = 500;
/** Decayed weight of one item (five purchases) below which its share counts less: a few clicks of one shopper lead nothing. */
const few = 25;
/** Ratio of the two half-lives of the state: turns trend ÷ popularity into growth (1 = steady). */
const steady = 7 / 60;
/** The list is made again after this many times the time it took: at most 0.5 % of the time goes into it. */
const pause = 200;

/**
 * Items by momentum: decayed popularity times the root of its growth. A quiet week falls back on what has sold
 * for months, and a shop without a recent past on all-time counts, so that three clicks do not make a trend.
 */
export class Popular {
  #ranked: Int32Array = new Int32Array(0);
  #seen = '';
  #next = 0;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly state: ShopState,
  ) {}

  /** Whether what is ranked is the trend, rather than what has sold at all. */
  rising = false;

  /** Catalogue handles, best first. */
  ranked(now: number): Int32Array {
    const started = performance.now();
    const seen = `${this.state.offset} ${this.catalogue.handles}`;
    if (this.#seen !== seen && started >= this.#next) {
      this.#ranked = this.#rank(now);
      this.#seen = seen;
      this.#next = started + pause * (performance.now() - started);
    }
    return this.#ranked;
  }

  #rank(now: number): Int32Array {
    const { items } = this.state;
    const { size } = items;
    const trend = new Float64Array(size);
    const popularity = new Float64Array(size);
    const events = new Float64Array(size);
    const mass = { trend: 0, popularity: 0, events: 0 };
    for (let row = 0; row < size; row++) {
      mass.trend += trend[row] = Math.max(0, items.trend(row, now));
      mass.popularity += popularity[row] = Math.max(0, items.popularity(row, now));
      mass.events += events[row] = items.bought.baskets(row) * 5 + items.viewed.baskets(row);
    }
    const trust = mass.trend / (mass.trend + enough);
    const lasting = (1 - trust) * (mass.popularity / (mass.popularity + enough));
    this.rising = trust > 0.5;
    const weights = {
      trend: mass.trend > 0 ? trust / mass.trend : 0,
      popularity: mass.popularity > 0 ? lasting / mass.popularity : 0,
      events: mass.events > 0 ? (1 - trust - lasting) / mass.events : 0,
    };
    const score = new Float64Array(size);
    for (let row = 0; row < size; row++) {
      const growth = popularity[row]! > 0 ? trend[row]! / (popularity[row]! * steady) : 0;
      score[row] =
        weights.trend * shrunk(trend[row]!) * Math.sqrt(growth) +
        weights.popularity * shrunk(popularity[row]!) +
        weights.events * events[row]!;
    }
    return descending(score)
      .map((row) => this.catalogue.find(items.id(row)))
      .filter((handle) => handle >= 0);
  }
}

function shrunk(weight: number): number {
  return (weight * weight) / (weight + few);
}

/**
 * Rows by score, best first, ties by row. Numbers sort many times faster without a comparison of one's own, so score
 * and row go into one: floats of one sign are in the order of their bits.
 */
function descending(scores: Float64Array): Int32Array {
  const size = scores.length;
  const bits = new Uint32Array(Float32Array.from(scores).buffer);
  const keys = new Float64Array(size);
  for (let row = 0; row < size; row++) keys[row] = bits[row]! * size + (size - 1 - row);
  keys.sort().reverse();
  return Int32Array.from(keys, (key) => size - 1 - (key % size));
}
