import type { Random } from '../../core/index.js';

export interface PackedNegatives {
  rows: Uint32Array;
  next: number;
}

/**
 * Negatives for a sampled softmax: a share from the last targets, as often as they came, and the rest uniform over
 * the items. `logQ` is the logarithm of how probable an item is to be drawn: what a score is corrected by.
 */
export class Negatives {
  readonly #recent: Uint32Array;
  #counts = new Uint32Array(64);
  #held = 0;
  #next = 0;

  constructor(
    readonly recent: number,
    /** Share that is drawn from the recent ones. */
    readonly share: number,
  ) {
    this.#recent = new Uint32Array(recent);
  }

  /** Remembers a target; the oldest of the window is forgotten. */
  saw(row: number): void {
    if (row >= this.#counts.length) {
      const grown = new Uint32Array(2 * (row + 1));
      grown.set(this.#counts);
      this.#counts = grown;
    }
    if (this.#held === this.recent) this.#counts[this.#recent[this.#next]!]!--;
    else this.#held++;
    this.#recent[this.#next] = row;
    this.#counts[row]!++;
    this.#next = (this.#next + 1) % this.recent;
  }

  /** Share of the recent targets that are this row; 0 while there are few. */
  shareOf(row: number): number {
    return this.#held < this.recent / 10 ? 0 : (this.#counts[row] ?? 0) / this.#held;
  }

  draw(items: number, rng: Random): number {
    if (this.#held > 0 && rng.float() < this.share) return this.#recent[rng.int(this.#held)]!;
    return rng.int(items);
  }

  logQ(row: number, items: number): number {
    const share = this.#held > 0 ? this.share : 0;
    const recent = this.#held > 0 ? (this.#counts[row] ?? 0) / this.#held : 0;
    return Math.log(share * recent + (1 - share) / items + 1e-12);
  }

  pack(): PackedNegatives {
    return { rows: this.#recent.slice(0, this.#held), next: this.#next };
  }

  /** With every row at its place: the same draw gives the same row. */
  restore({ rows, next }: PackedNegatives): void {
    for (const row of rows) this.saw(row);
    this.#next = next;
  }
}
