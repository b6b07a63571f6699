import { ensureCapacity } from '../math/index.js';

/** Room to begin with, tokens. */
const leastRoom = 1_024;

/**
 * The tokens of items, one item's after the other in shared columns: an array of its own for each item would take
 * ten times what is in it. What is replaced leaves a gap; when half is gaps, all move together.
 */
export class TokenPool {
  tokens = new Uint32Array(leastRoom);
  /** Of each token that is a compound, where its two words are among the item's: `256 · first + second`. */
  parts = new Uint16Array(leastRoom);
  /** What each token counts in its item; the caller says as of when. */
  weights = new Uint32Array(leastRoom);
  #start = new Uint32Array(256);
  #length = new Uint16Array(256);
  #end = 0;
  #held = 0;

  start(item: number): number {
    return this.#start[item] ?? 0;
  }

  /** 0 where nothing is kept of the item. */
  length(item: number): number {
    return this.#length[item] ?? 0;
  }

  /** A view, good until the next `put`. */
  of(item: number): Uint32Array {
    return this.tokens.subarray(this.start(item), this.start(item) + this.length(item));
  }

  /** In place of what was there; no tokens take the item out. At most 65,535. */
  put(item: number, tokens: Uint32Array, parts: Uint16Array): void {
    this.#start = ensureCapacity(this.#start, item);
    this.#length = ensureCapacity(this.#length, item);
    this.#held += tokens.length - this.#length[item]!;
    this.#length[item] = 0;
    if (this.#end + tokens.length > this.tokens.length) this.#move(tokens.length);
    this.#start[item] = this.#end;
    this.#length[item] = tokens.length;
    this.tokens.set(tokens, this.#end);
    this.parts.set(parts, this.#end);
    this.#end += tokens.length;
  }

  /** To columns with room for what is held, so many more, and half as many again. */
  #move(more: number): void {
    const room = Math.ceil(1.5 * (this.#held + more)) + leastRoom;
    const { tokens, parts, weights } = this;
    this.tokens = new Uint32Array(room);
    this.parts = new Uint16Array(room);
    this.weights = new Uint32Array(room);
    let end = 0;
    for (let item = 0; item < this.#length.length; item++) {
      const [from, to] = [this.#start[item]!, this.#start[item]! + this.#length[item]!];
      this.tokens.set(tokens.subarray(from, to), end);
      this.parts.set(parts.subarray(from, to), end);
      this.weights.set(weights.subarray(from, to), end);
      this.#start[item] = end;
      end += to - from;
    }
    this.#end = end;
  }
}
