import type { ShopState } from '../projections/index.js';
import type { Store } from '../storage/index.js';
import { type Aged, type Erasure, eraseBefore, eraseShopper } from './privacy.js';

export type EraseListener = (users: readonly string[]) => void | Promise<void>;

/** Removes shoppers and what is old, one after the other, and tells who keeps more of them than the state. */
export class Erasures {
  readonly #listeners = new Set<EraseListener>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly state: ShopState,
  ) {}

  /** Calls `listener` after shoppers were erased, in the order of coming; returns how to stop. */
  onErase(listener: EraseListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  shopper(user: string, now: number): Promise<Erasure> {
    return this.#next(async () => {
      const erasure = await eraseShopper(this.store, this.state, user, now);
      await this.#tell(erasure.ids);
      return erasure;
    });
  }

  /** Every event before a time, ms, and who did nothing since. */
  before(time: number): Promise<Aged> {
    return this.#next(async () => {
      const aged = await eraseBefore(this.store, this.state, time);
      if (aged.ids.length > 0) await this.#tell(aged.ids);
      return aged;
    });
  }

  /** Resolves when none is under way. */
  async settled(): Promise<void> {
    await this.#last;
  }

  async #tell(users: readonly string[]): Promise<void> {
    for (const listener of this.#listeners) await listener(users);
  }

  #next<T>(erase: () => Promise<T>): Promise<T> {
    const done = this.#last.then(erase);
    this.#last = done.catch(() => {});
    return done;
  }
}
