import { readFileSync, statSync } from 'node:fs';
import { type Policy, parsePolicy } from './config.js';

/**
 * A policy file that is read again when it changes. A version with a fault is told of and the one before goes on: a slip
 * of the editor takes no rule away from a running shop.
 */
export class PolicySource {
  #policy: Policy | undefined;
  #stamp = '';

  /** Throws `invalid_policy` where the file is there and has a fault: a shop does not start with one. */
  constructor(private readonly path: string) {
    this.#read();
  }

  get policy(): Policy | undefined {
    return this.#policy;
  }

  /** Reads the file again if it changed; throws what is wrong with it, once a version. */
  reload(): void {
    if (this.#stampOf() !== this.#stamp) this.#read();
  }

  #read(): void {
    this.#stamp = this.#stampOf();
    if (this.#stamp === '') this.#policy = undefined;
    else this.#policy = parsePolicy(readFileSync(this.path, 'utf8'));
  }

  /** What tells versions apart; empty where there is no file. */
  #stampOf(): string {
    const stat = statSync(this.path, { throwIfNoEntry: false });
    return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : '';
  }
}
