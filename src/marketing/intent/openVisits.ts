import type { Visit } from './visits.js';

/**
 * Visits under way by shopper, the longest idle first. Each knows the one before and the one after it: the order changes
 * with every event, and a map that is set anew each time is copied again and again.
 */
export class OpenVisits {
  readonly #byUser = new Map<string, Visit>();
  #first: Visit | undefined;
  #last: Visit | undefined;

  get size(): number {
    return this.#byUser.size;
  }

  /** The one that nothing came to for longest. */
  get first(): Visit | undefined {
    return this.#first;
  }

  get(user: string): Visit | undefined {
    return this.#byUser.get(user);
  }

  /** In order. What is handed out may be taken out meanwhile. */
  *[Symbol.iterator](): IterableIterator<Visit> {
    for (let visit = this.#first; visit; ) {
      const { after } = visit;
      yield visit;
      visit = after;
    }
  }

  /** Adds one that is not among them, as the last. */
  add(visit: Visit): void {
    this.#byUser.set(visit.user, visit);
    this.#append(visit);
  }

  /** Something came to it: it is the last from now on. */
  touch(visit: Visit): void {
    if (visit === this.#last) return;
    this.#unlink(visit);
    this.#append(visit);
  }

  remove(visit: Visit): void {
    this.#byUser.delete(visit.user);
    this.#unlink(visit);
  }

  clear(): void {
    this.#byUser.clear();
    this.#first = this.#last = undefined;
  }

  #append(visit: Visit): void {
    visit.before = this.#last;
    visit.after = undefined;
    if (this.#last) this.#last.after = visit;
    else this.#first = visit;
    this.#last = visit;
  }

  #unlink({ before, after }: Visit): void {
    if (before) before.after = after;
    else this.#first = after;
    if (after) after.before = before;
    else this.#last = before;
  }
}
