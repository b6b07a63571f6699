import { type Random, random } from '../../core/index.js';
import { bestLevel, type Choices, priceOf } from './knapsack.js';
import { strangersShare } from './promises.js';

/** Shoppers remembered to set the price of budget by, and decisions between two settings. */
const remembered = 2_000;
const decisionsBetween = 200;
/** Decisions before which the traffic is not known: until then whatever gains is given, of a twentieth of the budget. */
const leastDecisions = 50;
const firstShare = 0.05;

export interface PackedSpend {
  budget: number;
  spent: number;
  promised: number;
  unproven: number;
  said: number;
  decisions: number;
  lambda: number;
  gain: number[];
  cost: number[];
  chance: [number, number, number, number];
}

/**
 * Spends a budget over a span of time and never above it (in the manner of Meituan's controller, arXiv 2406.05987): the
 * price of budget is set anew every few hundred decisions from who came lately, what is left, and how real spend compares
 * with what was expected of it.
 */
export class SpendController {
  private spent = 0;
  /** Largest spend that offers given and not yet settled may still cost. */
  private promised = 0;
  /** Of both, what strangers hold: promised to them, or used as only their page says. */
  private unproven = 0;
  /** Expected spend of what was given and has been settled. */
  private said = 0;
  private decisions = 0;
  private lambda = 0;
  private gain: number[] = [];
  private cost: number[] = [];
  private readonly chance: Random;

  constructor(
    readonly budget: number,
    private readonly levels: number,
    seed = 1,
  ) {
    this.chance = random(seed);
  }

  get state(): Pick<PackedSpend, 'budget' | 'spent' | 'promised' | 'unproven' | 'lambda' | 'decisions'> {
    const { budget, spent, promised, unproven, lambda, decisions } = this;
    return { budget, spent, promised, unproven, lambda, decisions };
  }

  /**
   * The level to give one shopper. `elapsed` is the share of the span (or of the expected traffic) that is over.
   * `most[level]` is what the level costs if it is used: it is given only where the budget holds that too.
   */
  decide(gain: ArrayLike<number>, cost: ArrayLike<number>, most: ArrayLike<number>, elapsed: number): number {
    const level = this.choose(gain, cost, most, elapsed);
    this.promise(most[level]!);
    return level;
  }

  /**
   * As `decide`, and nothing is set aside yet. `isNew`: the shopper has not been decided for today; the price of budget
   * follows who comes, not who asks most.
   */
  choose(
    gain: ArrayLike<number>,
    cost: ArrayLike<number>,
    most: ArrayLike<number>,
    elapsed: number,
    { isNew = true, isStranger = false } = {},
  ): number {
    if (isNew) {
      this.remember(gain, cost);
      this.decisions++;
      if (this.decisions === leastDecisions || this.decisions % decisionsBetween === 0)
        this.setPrice(elapsed);
    }
    const one = { levels: this.levels, gain: Float64Array.from(gain), cost: Float64Array.from(cost) };
    const level = bestLevel(one, 0, this.lambda);
    return this.holds(most[level]!, elapsed, isStranger) ? level : 0;
  }

  /** Whether the budget holds what an offer may cost, beside all that is out; for a stranger, the share of strangers. */
  holds(most: number, elapsed: number, isStranger = false): boolean {
    if (isStranger && this.unproven + most > strangersShare * this.budget) return false;
    const limit = this.budget * (this.decisions < leastDecisions ? Math.max(firstShare, elapsed) : 1);
    return this.spent + this.promised + most <= limit;
  }

  /** Sets aside what an offer that was decided elsewhere may cost. */
  promise(most: number, isStranger = false): void {
    this.promised += most;
    if (isStranger) this.unproven += most;
  }

  /** Counts what was spent as strangers' until it is proved. */
  doubt(spend: number): void {
    this.unproven += spend;
  }

  /** What a stranger held is free again, or the shop has said that it was used. */
  prove(most: number): void {
    this.unproven = Math.max(0, this.unproven - most);
  }

  /** What became of an offer: what it cost in the end, what it was expected to, what it might have. */
  settle(spend: number, expected: number, most: number): void {
    this.promised = Math.max(0, this.promised - most);
    this.spent += spend;
    this.said += expected;
  }

  private remember(gain: ArrayLike<number>, cost: ArrayLike<number>): void {
    const full = this.gain.length >= remembered * this.levels;
    // A place at random: the memory forgets evenly and follows the traffic.
    const at = full ? this.levels * this.chance.int(remembered) : this.gain.length;
    for (let level = 0; level < this.levels; level++) {
      this.gain[at + level] = gain[level]!;
      this.cost[at + level] = cost[level]!;
    }
  }

  private setPrice(elapsed: number): void {
    const seen = Math.max(1e-6, elapsed);
    const ahead = (this.decisions / seen) * Math.max(0, 1 - elapsed);
    if (ahead < 1) return;
    // A prior of a fiftieth of the budget, so that the first few outcomes do not swing the price.
    const steady = this.budget / 50;
    const dearer = Math.min(3, Math.max(1 / 3, (this.spent + steady) / (this.said + steady)));
    const shoppers = this.gain.length / this.levels;
    const share = ((this.budget - this.spent - this.pending()) / dearer) * (shoppers / ahead);
    const choices: Choices = {
      levels: this.levels,
      gain: Float64Array.from(this.gain),
      cost: Float64Array.from(this.cost),
    };
    this.lambda = priceOf(choices, Math.max(0, share), shoppers);
  }

  /** What is out and not settled will cost less than it might: half is a guess that the next settings mend. */
  private pending(): number {
    return this.promised / 2;
  }

  pack(): PackedSpend {
    const { budget, spent, promised, unproven, said, decisions, lambda } = this;
    return {
      budget,
      spent,
      promised,
      unproven,
      said,
      decisions,
      lambda,
      gain: [...this.gain],
      cost: [...this.cost],
      chance: this.chance.state(),
    };
  }

  restore(packed: PackedSpend): void {
    const { gain, cost, chance, budget: _, ...sums } = packed;
    Object.assign(this, { ...sums, gain: [...gain], cost: [...cost] });
    this.chance.restore(chance);
  }
}
