import { randomUUID } from 'node:crypto';
import { EndcapError } from '../core/index.js';

/** Where an environment keeps who owns it. */
export interface OwnerPlace {
  get(): Uint8Array | undefined;
  /** Inside a transaction. */
  put(value: Uint8Array): void;
}

/**
 * Who may write. An owner claims each environment when it opens it, and every transaction that writes looks first
 * whether the claim still stands: so of two owners, whatever the lock of the folder let through, the one that opened
 * last writes and the other is refused, however long its pause was.
 */
export class Ownership {
  readonly #token = Buffer.from(randomUUID());

  /** To be called inside a transaction. */
  claim(place: OwnerPlace): void {
    place.put(this.#token);
  }

  holds(place: OwnerPlace): boolean {
    const owner = place.get();
    return owner !== undefined && this.#token.equals(owner);
  }

  /** To be called inside each transaction that writes, before it does. Throws `store_locked`. */
  require(place: OwnerPlace): void {
    if (this.holds(place)) return;
    throw new EndcapError('store_locked', 'Another process has taken this store over', {
      remedy: 'Nothing was written: send it to that process, and stop this one',
    });
  }
}
