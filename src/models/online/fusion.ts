/** What one source says comes next: rows with probabilities, which sum to 1 at most. */
export interface Opinion {
  rows: ArrayLike<number>;
  chances: ArrayLike<number>;
}

export interface FusionOptions {
  sources: number;
  /** Kinds of situation that have weights of their own: a source may be good after one click and poor after ten. */
  situations: number;
  /** Step of the exponentiated gradient. */
  rate: number;
  /** What each step gives back to all sources alike, so that one that was poor can come back. */
  share: number;
}

export const fusionDefaults = { situations: 1, rate: 0.05, share: 0.0005 };
/** Chance that every source gives what it does not name: the loss stays finite. */
const floor = 1e-5;

/**
 * Weights of sources, learned from what happens: after each event the mixture Σ w · chance pays −log of what it gave to
 * what came, and the weights move by exponentiated gradient (Kivinen & Warmuth 1997) with a fixed share (Herbster &
 * Warmuth 1998).
 */
export class Fusion {
  /** [situations × sources], each line sums to 1. */
  readonly weights: Float64Array;
  /** Sum of the loss so far, and of how many events. */
  loss = 0;
  events = 0;
  readonly #given: Float64Array;

  constructor(readonly options: FusionOptions) {
    this.weights = new Float64Array(options.situations * options.sources).fill(1 / options.sources);
    this.#given = new Float64Array(options.sources);
  }

  /** Weights in a situation; a view. */
  of(situation: number): Float64Array {
    const { sources } = this.options;
    return this.weights.subarray(situation * sources, (situation + 1) * sources);
  }

  /** Adds the mixture of the opinions to `add`, called with a row and its part of the chance. */
  mix(opinions: readonly Opinion[], situation: number, add: (row: number, chance: number) => void): void {
    const weights = this.of(situation);
    opinions.forEach(({ rows, chances }, source) => {
      for (let at = 0; at < rows.length; at++) add(rows[at]!, weights[source]! * chances[at]!);
    });
  }

  /** Takes in that `target` came. What is not finite changes nothing. Returns the loss. */
  learn(opinions: readonly Opinion[], target: number, situation: number): number {
    const { rate, share, sources } = this.options;
    const weights = this.of(situation);
    const given = this.#given;
    let mixed = 0;
    for (let source = 0; source < sources; source++) {
      given[source] = floor + (1 - floor) * chanceOf(opinions[source]!, target);
      mixed += weights[source]! * given[source]!;
    }
    if (!(mixed > 0) || !Number.isFinite(mixed)) return Number.NaN;
    let total = 0;
    for (let source = 0; source < sources; source++) {
      weights[source]! *= Math.exp(Math.min(30, rate * (given[source]! / mixed)));
      total += weights[source]!;
    }
    for (let source = 0; source < sources; source++)
      weights[source] = ((1 - share) * weights[source]!) / total + share / sources;
    this.loss -= Math.log(mixed);
    this.events++;
    return -Math.log(mixed);
  }
}

function chanceOf({ rows, chances }: Opinion, target: number): number {
  for (let at = 0; at < rows.length; at++) if (rows[at] === target) return chances[at]!;
  return 0;
}
