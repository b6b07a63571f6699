/** What a rule did to lists. */
export interface RuleCount {
  rule: string;
  /** Places of lists on which stood an item that the rule moved. */
  shown: number;
  /** Candidates that the rule left out. */
  leftOut: number;
}

/** What the rules of a policy did since it is in force. Of bounded size: only rules that there are come in. */
export class PolicyTally {
  #lists = 0;
  readonly #counts = new Map<string, RuleCount>();

  /** A list as it was shown: which rules moved its items, and how many each left out. */
  add(
    shown: readonly number[],
    rules: ReadonlyMap<number, readonly string[]>,
    left: ReadonlyMap<string, number>,
  ): void {
    this.#lists++;
    for (const handle of shown) for (const rule of new Set(rules.get(handle))) this.#countOf(rule).shown++;
    for (const [rule, items] of left) this.#countOf(rule).leftOut += items;
  }

  get lists(): number {
    return this.#lists;
  }

  /** The rules that did something. */
  counts(): RuleCount[] {
    return [...this.#counts.values()].map((count) => ({ ...count }));
  }

  #countOf(rule: string): RuleCount {
    const count = this.#counts.get(rule) ?? { rule, shown: 0, leftOut: 0 };
    this.#counts.set(rule, count);
    return count;
  }
}
