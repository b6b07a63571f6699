import { readFileSync, statSync } from 'node:fs';
import { type Policy, type PolicyConfig, readPolicy } from './config.js';
import { PolicyTally, type RuleCount } from './tally.js';

/** The policy in force and what it did. */
export interface PolicyStatus {
  /** As it is written; null where no rule is in force. */
  policy: PolicyConfig | null;
  /** Since when it is, ms: a start of the shop, or the last change of the file. */
  since: number;
  /** Lists that were made under it since. */
  lists: number;
  rules: RuleCount[];
  /** What is wrong with the file as it is now: the version before stays in force. */
  fault?: string;
}

/**
 * A policy file that is read again when it changes. A version with a fault is told of and the one before goes on: a slip
 * of the editor takes no rule away from a running shop.
 */
export class PolicySource {
  #policy: Policy | undefined;
  #written: PolicyConfig | null = null;
  #stamp = '';
  #fault: string | undefined;
  #since = 0;
  #tally = new PolicyTally();

  /** Throws `invalid_policy` where the file is there and has a fault: a shop does not start with one. */
  constructor(
    private readonly path: string,
    private readonly now: () => number = Date.now,
  ) {
    this.#read();
  }

  get policy(): Policy | undefined {
    return this.#policy;
  }

  get status(): PolicyStatus {
    const { lists } = this.#tally;
    const fault = this.#fault === undefined ? {} : { fault: this.#fault };
    return { policy: this.#written, since: this.#since, lists, rules: this.#tally.counts(), ...fault };
  }

  /** Counts what the policy does; see `countAnew`. */
  get tally(): PolicyTally {
    return this.#tally;
  }

  /** Forgets what was counted. */
  countAnew(): void {
    this.#tally = new PolicyTally();
    this.#since = this.now();
  }

  /** Reads the file again if it changed; throws what is wrong with it, once a version. */
  reload(): void {
    if (this.#stampOf() !== this.#stamp) this.#read();
  }

  #read(): void {
    this.#stamp = this.#stampOf();
    this.#fault = undefined;
    try {
      const read = this.#stamp === '' ? undefined : readPolicy(readFileSync(this.path, 'utf8'));
      this.#policy = read?.policy;
      this.#written = read?.written ?? null;
    } catch (error) {
      this.#fault = error instanceof Error ? error.message : String(error);
      throw error;
    }
    this.countAnew();
  }

  /** What tells versions apart; empty where there is no file. */
  #stampOf(): string {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '';
  }
}
