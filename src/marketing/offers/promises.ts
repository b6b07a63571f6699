import { isAnonymousId } from '../../core/index.js';
import type { Offer } from './offer.js';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** An offer that was given to a shopper whom the shop knows may be used for so long, and one of a stranger. */
export const validMs = 7 * dayMs;
export const strangerValidMs = hourMs;
/** Share of a budget that strangers may hold: a page makes up as many as it likes, and none of them ever buys. */
export const strangersShare = 0.5;

/** A visitor whom only pages know: whoever has the key of a page can make up another. */
export const isStranger = (user: string): boolean => isAnonymousId(user);

/** One offer that is out: what it may still cost, and what it was expected to. */
export interface Out {
  item: string;
  discount: number;
  most: number;
  expected: number;
  until: number;
}

/** Offers that are out, by shopper: those of strangers apart, for they end sooner. */
export class Promises {
  readonly #known = new Map<string, Out>();
  readonly #strangers = new Map<string, Out>();

  get size(): number {
    return this.#known.size + this.#strangers.size;
  }

  get strangers(): number {
    return this.#strangers.size;
  }

  get(user: string): Out | undefined {
    return this.#of(user).get(user);
  }

  /** Given last. */
  set(user: string, out: Out): void {
    this.#of(user).set(user, out);
  }

  delete(user: string): void {
    this.#of(user).delete(user);
  }

  /** Who was given theirs longest ago; strangers first. */
  oldest(): string | undefined {
    return this.#strangers.keys().next().value ?? this.#known.keys().next().value;
  }

  /** Whose offers ended before `now`: they were given in the order of their ends. May be deleted meanwhile. */
  *ended(now: number): Iterable<string> {
    for (const outs of [this.#known, this.#strangers])
      for (const [user, { until }] of outs) {
        if (until >= now) break;
        yield user;
      }
  }

  pack(): [string, Out][] {
    return [...this.#known, ...this.#strangers];
  }

  static restore(packed: readonly [string, Out][]): Promises {
    const promises = new Promises();
    for (const [user, out] of packed) promises.set(user, out);
    return promises;
  }

  #of(user: string): Map<string, Out> {
    return isStranger(user) ? this.#strangers : this.#known;
  }
}

/**
 * What of an advert's budget clicks may have cost by now. Half of it is for clicks of strangers from the start, the rest
 * as the time goes: a script that clicks does not empty it in an hour.
 */
export function clickBudget({ budget, start, end }: Offer, user: string, now: number): number {
  if (!isStranger(user)) return budget;
  const elapsed = Math.min(1, Math.max(0, (now - start) / (end - start)));
  return budget * (strangersShare + (1 - strangersShare) * elapsed);
}
