import type { Catalogue } from '../catalogue/index.js';
import { inSlices } from '../core/index.js';
import { descending } from '../math/index.js';
import type { ShopState } from '../projections/index.js';

/** Sum of decayed event weights from which on a statistic speaks for itself; below, the slower one fills in. */
const fullTrustWeight = 500;
/** Decayed weight of one item (five purchases) below which its share counts less: a few clicks of one shopper lead nothing. */
const shrinkWeight = 25;
/** Ratio of the two half-lives of the state: turns trend ÷ popularity into growth (1 = steady). */
const steadyRatio = 7 / 60;
/** The list is made again after this many times the time it took: at most 0.5 % of the time goes into it. */
const restFactor = 200;
/** A shop of so many items has its list made anew at once, in 2 to 3 ms; a larger one in slices of so many ms. */
const atOnce = 10_000;
const sliceMs = 2;
/** Items looked at or sorted between two looks at the clock. */
const step = 4_096;

interface Ranking {
  handles: Int32Array;
  /** Whether what is ranked is the trend, rather than what has sold at all. */
  rising: boolean;
}

/**
 * Items by momentum: decayed popularity times the root of its growth. A quiet week falls back on what has sold
 * for months, and a shop without a recent past on all-time counts, so that three clicks do not make a trend.
 */
export class Popular {
  #ranking: Ranking = { handles: new Int32Array(0), rising: false };
  #seen = '';
  /** When the next list may be begun, by the machine's clock or by the shop's: one whose past is played back is not behind. */
  #next = 0;
  #due = 0;
  #begun = 0;
  /** What the list that is being made has taken so far, ms. */
  #worked = 0;
  #underWay: Promise<void> | undefined;

  constructor(
    private readonly catalogue: Catalogue,
    private readonly state: ShopState,
  ) {}

  get rising(): boolean {
    return this.#ranking.rising;
  }

  /** Catalogue handles, best first. Where there are many the list before serves while the next is made in slices. */
  ranked(now: number): Int32Array {
    const seen = `${this.state.offset} ${this.catalogue.handles}`;
    const resting = performance.now() < this.#next && now < this.#due;
    if (this.#underWay || this.#seen === seen || resting) return this.#ranking.handles;
    const steps = this.#rank(now);
    const waits = this.#seen === '' || this.catalogue.handles <= atOnce;
    this.#seen = seen;
    this.#worked = 0;
    this.#begun = now;
    if (waits) {
      while (this.#advance(steps));
      return this.#ranking.handles;
    }
    this.#underWay = inSlices(() => this.#advance(steps), sliceMs).finally(() => {
      this.#underWay = undefined;
    });
    return this.#ranking.handles;
  }

  /** Resolves when no list is being made. */
  async whenReady(): Promise<void> {
    await this.#underWay;
  }

  /** One step of the next list, which takes its place when it is done: false then. */
  #advance(steps: Iterator<void, Ranking>): boolean {
    const started = performance.now();
    const { done, value } = steps.next();
    const ended = performance.now();
    this.#worked += ended - started;
    if (!done) return true;
    this.#ranking = value;
    this.#next = ended + restFactor * this.#worked;
    this.#due = this.#begun + restFactor * this.#worked;
    return false;
  }

  *#rank(now: number): Generator<void, Ranking> {
    const { statistics, pairs } = this.state;
    const size = this.catalogue.handles;
    const trend = new Float64Array(size);
    const popularity = new Float64Array(size);
    const events = new Float64Array(size);
    const mass = { trend: 0, popularity: 0, events: 0 };
    for (let row = 0; row < size; row++) {
      mass.trend += trend[row] = Math.max(0, statistics.trend(row, now));
      mass.popularity += popularity[row] = Math.max(0, statistics.popularity(row, now));
      mass.events += events[row] = pairs.bought.baskets(row) * 5 + pairs.viewed.baskets(row);
      if (row % step === step - 1) yield;
    }
    const trust = mass.trend / (mass.trend + fullTrustWeight);
    const lasting = (1 - trust) * (mass.popularity / (mass.popularity + fullTrustWeight));
    const weights = {
      trend: mass.trend > 0 ? trust / mass.trend : 0,
      popularity: mass.popularity > 0 ? lasting / mass.popularity : 0,
      events: mass.events > 0 ? (1 - trust - lasting) / mass.events : 0,
    };
    const score = new Float32Array(size);
    for (let row = 0; row < size; row++) {
      const growth = popularity[row]! > 0 ? trend[row]! / (popularity[row]! * steadyRatio) : 0;
      score[row] =
        weights.trend * shrunk(trend[row]!) * Math.sqrt(growth) +
        weights.popularity * shrunk(popularity[row]!) +
        weights.events * events[row]!;
      if (row % step === step - 1) yield;
    }
    const rows = yield* descending(score, step);
    const handles = new Int32Array(size);
    let found = 0;
    for (let at = 0; at < size; at++) {
      const handle = rows[at]!;
      if (score[handle]! > 0 && this.catalogue.item(handle)) handles[found++] = handle;
      if (at % step === step - 1) yield;
    }
    return { handles: handles.subarray(0, found), rising: trust > 0.5 };
  }
}

function shrunk(weight: number): number {
  return (weight * weight) / (weight + shrinkWeight);
}
