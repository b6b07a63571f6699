import type { Store } from '../storage/index.js';

/** What `/ready` tells of the store. */
export interface StoreReport {
  /** Events read and found whole since the start, of those that were there then. */
  checked: number;
  total: number;
  /** What is damaged, in words with the remedy. */
  damaged: readonly string[];
}

/** Damaged places that are told one by one; the log says no more than their number beyond. */
const toldAtMost = 20;
const remedy = 'Restore the folder log/ from a backup; `endcap doctor` lists what is damaged';

/** Reads the whole log in the background after a start: what a sample did not find is found before a replay does. */
export class StoreHealth {
  readonly #damaged: string[] = [];
  readonly #stop = new AbortController();
  readonly #total: number;
  #checked = 0;
  #underWay: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: Store,
    private readonly warn: (error: unknown, what: string) => void,
  ) {
    this.#total = store.log.head;
  }

  get report(): StoreReport {
    return { checked: this.#checked, total: this.#total, damaged: this.#damaged };
  }

  start(): void {
    this.#underWay = this.store
      .verify({
        found: (what) => this.#found(what),
        report: (done) => {
          this.#checked = Math.min(done, this.#total);
        },
        signal: this.#stop.signal,
      })
      .catch((error) => this.warn(error, 'the check of the store ended early'));
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#underWay;
  }

  #found(what: string): void {
    const message = `The log is damaged: ${what}. ${remedy}`;
    if (this.#damaged.length < toldAtMost) this.#damaged.push(message);
    this.warn(new Error(message), 'the check of the store found damage');
  }
}
