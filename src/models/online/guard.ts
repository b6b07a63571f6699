import { confidenceSequence } from '../../math/index.js';

/** One event in so many is scored by the frozen model, too. */
export const guardedEvery = 20;
/** Cases after which the window begins anew: what online was good at last month does not excuse today. */
const window = 5_000;
/** Cases from which a mean counts as near normal. */
const fewest = 100;
/** Differences that are found soonest, in standard deviations of a case. */
const expectedEffect = 0.1;
/** Cases that are all alike say something, too. */
const leastVariance = 1e-3;

/**
 * Watches whether learning does harm: the quality of the online model minus that of the frozen one, case by case, with
 * a bound that may be looked at always. `harmful` stays true once the bound says so: the frozen rows are to serve.
 */
export class Guard {
  harmful = false;
  #count = 0;
  #sum = 0;
  #squares = 0;

  /** `online`, `frozen`: quality of the two for one event, such as the reciprocal rank of what came. */
  add(online: number, frozen: number): boolean {
    const difference = online - frozen;
    if (this.harmful || !Number.isFinite(difference)) return this.harmful;
    if (this.#count === window) this.#count = this.#sum = this.#squares = 0;
    this.#count++;
    this.#sum += difference;
    this.#squares += difference * difference;
    const mean = this.#sum / this.#count;
    const spread = (this.#squares - this.#count * mean * mean) / Math.max(1, this.#count - 1);
    const variance = Math.max(leastVariance, spread);
    if (this.#count < fewest) return false;
    const { high } = confidenceSequence(
      mean,
      variance / this.#count,
      expectedEffect * Math.sqrt(variance),
      0.01,
    );
    this.harmful = high < 0;
    return this.harmful;
  }
}
