import { fnv1a } from '../core/index.js';

/** From so many letters on one edit is forgiven, and two. */
const oneEdit = 4;
const twoEdits = 8;
/** Deletions are made from so many first letters: later ones are compared, not looked up (SymSpell's prefix). */
const prefixLength = 7;
const empty = 0xffffffff;

/** How many edits from the right word a word of `length` letters may be. */
export function editsAllowed(length: number): number {
  return length < oneEdit ? 0 : length < twoEdits ? 1 : 2;
}

/**
 * Finds words near a misspelt one by the symmetric deletion of letters (Garbe 2012): words within one edit share a
 * string that is either less a letter. Strings are kept as hashes in one open-addressed table of (hash, word) pairs.
 */
export class TypoDictionary {
  #hashes = new Uint32Array(1 << 12);
  #words = new Uint32Array(1 << 12).fill(empty);
  #size = 0;

  /** `number` is what `candidates` answers with. */
  add(word: string, number: number): void {
    for (const hash of deletions(word, editsAllowed(word.length))) this.#insert(hash, number);
  }

  remove(word: string, number: number): void {
    for (const hash of deletions(word, editsAllowed(word.length))) this.#delete(hash, number);
  }

  get size(): number {
    return this.#size;
  }

  /** Calls `found` with numbers of words that may be near, some of them more than once. */
  candidates(word: string, found: (number: number) => void): void {
    const mask = this.#hashes.length - 1;
    for (const hash of deletions(word, editsAllowed(word.length))) {
      for (let at = placeOf(hash, mask); this.#words[at] !== empty; at = (at + 1) & mask)
        if (this.#hashes[at] === hash) found(this.#words[at]!);
    }
  }

  #insert(hash: number, number: number): void {
    if (2 * (this.#size + 1) > this.#hashes.length) this.#grow();
    const mask = this.#hashes.length - 1;
    let at = placeOf(hash, mask);
    while (this.#words[at] !== empty) at = (at + 1) & mask;
    this.#hashes[at] = hash;
    this.#words[at] = number;
    this.#size++;
  }

  #delete(hash: number, number: number): void {
    const mask = this.#hashes.length - 1;
    let at = placeOf(hash, mask);
    while (this.#hashes[at] !== hash || this.#words[at] !== number) {
      if (this.#words[at] === empty) return;
      at = (at + 1) & mask;
    }
    this.#size--;
    // What comes after moves up, unless it stands at or behind the place it belongs to.
    for (let next = (at + 1) & mask; this.#words[next] !== empty; next = (next + 1) & mask) {
      const home = placeOf(this.#hashes[next]!, mask);
      if (((next - home) & mask) < ((next - at) & mask)) continue;
      this.#hashes[at] = this.#hashes[next]!;
      this.#words[at] = this.#words[next]!;
      at = next;
    }
    this.#words[at] = empty;
  }

  #grow(): void {
    const hashes = this.#hashes;
    const words = this.#words;
    this.#hashes = new Uint32Array(2 * hashes.length);
    this.#words = new Uint32Array(2 * hashes.length).fill(empty);
    this.#size = 0;
    for (let at = 0; at < words.length; at++) if (words[at] !== empty) this.#insert(hashes[at]!, words[at]!);
  }
}

/** Many words share a deletion: the number is mixed once more, so that neighbours in hash do not pile up. */
function placeOf(hash: number, mask: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 7) & mask;
}

/** Hashes of a word's first letters less up to `edits` of them, each once. */
function deletions(word: string, edits: number): Set<number> {
  const hashes = new Set<number>();
  const gather = (text: string, from: number, left: number): void => {
    hashes.add(fnv1a(text));
    if (left === 0) return;
    for (let at = from; at < text.length; at++) gather(text.slice(0, at) + text.slice(at + 1), at, left - 1);
  };
  gather(word.slice(0, prefixLength), 0, edits);
  return hashes;
}

const rows = [new Uint8Array(80), new Uint8Array(80), new Uint8Array(80)] as const;

/** Edits between two words (insert, delete, replace, swap neighbours), or `limit` + 1 where there are more. */
export function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit || a.length > 70 || b.length > 70) return limit + 1;
  let [before, last, now] = rows as readonly Uint8Array[] as [Uint8Array, Uint8Array, Uint8Array];
  for (let j = 0; j <= b.length; j++) last[j] = j;
  for (let i = 1; i <= a.length; i++) {
    now[0] = i;
    let least = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(last[j]! + 1, now[j - 1]! + 1, last[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, before[j - 2]! + 1);
      now[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > limit) return limit + 1;
    [before, last, now] = [last, now, before];
  }
  return Math.min(last[b.length]!, limit + 1);
}
