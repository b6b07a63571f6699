import { readFileSync } from 'node:fs';
import { EndcapError } from '../core/index.js';
import { type Analyser, stem } from '../text/index.js';

const longestPhrase = 3;
const linesRead = 20_000;

/** Words and short phrases that stand for each other: as the shop says, and as its shoppers do. */
export class Synonyms {
  readonly #of = new Map<string, Set<string>>();
  /** What shoppers taught, with what the shop says of the same words. */
  #learned = new Map<string, Set<string>>();

  constructor(private readonly analyser: Analyser) {}

  get size(): number {
    return new Set([...this.#of.keys(), ...this.#learned.keys()]).size;
  }

  /** From now on who asks for `from` finds `to` as well. */
  add(from: string, to: string): void {
    this.#addTo(this.#of, from, to);
  }

  /** What shoppers teach by now; what they taught before and do not any more is forgotten. */
  useLearned(pairs: Iterable<{ from: string; to: string }>): void {
    this.#learned = new Map();
    for (const { from, to } of pairs) {
      const key = this.#addTo(this.#learned, from, to);
      for (const phrase of this.#of.get(key) ?? []) this.#learned.get(key)?.add(phrase);
    }
  }

  /** What stands for the words from `at` on: the longest phrase, and how many words it is. */
  at(words: readonly string[], at: number): { length: number; phrases: ReadonlySet<string> } | undefined {
    if (this.#of.size === 0 && this.#learned.size === 0) return undefined;
    for (let length = Math.min(longestPhrase, words.length - at); length > 0; length--) {
      const phrase = words
        .slice(at, at + length)
        .map(stem)
        .join(' ');
      const phrases = this.#learned.get(phrase) ?? this.#of.get(phrase);
      if (phrases) return { length, phrases };
    }
    return undefined;
  }

  #addTo(synonyms: Map<string, Set<string>>, from: string, to: string): string {
    const key = this.#key(from);
    if (key === '' || key === this.#key(to)) return key;
    const known = synonyms.get(key);
    if (known) known.add(to);
    else synonyms.set(key, new Set([to]));
    return key;
  }

  #key(phrase: string): string {
    const words = this.analyser.tokens(phrase).filter(({ kind }) => kind === 'word');
    return words.length <= longestPhrase ? words.map(({ word }) => stem(word)).join(' ') : '';
  }
}

/**
 * Reads a file of synonyms: a line `sofa, couch, settee` for words that all stand for each other, a line
 * `tv => television, telly` for one way only; `#` begins a comment. Throws `invalid_synonyms` with the row.
 */
export function readSynonyms(path: string, into: Synonyms): void {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new EndcapError('invalid_synonyms', `The file of synonyms ${path} cannot be read`, {
      remedy: 'Check the path',
    });
  }
  const lines = text.split(/\r?\n/);
  if (lines.length > linesRead) throw fault(linesRead + 1, `there are more than ${linesRead} lines`);
  lines.forEach((line, at) => {
    const said = line.replace(/#.*/, '').trim();
    if (said === '') return;
    const sides = said.split('=>');
    const words = (side: string): string[] =>
      side
        .split(/[,，、]/)
        .map((word) => word.trim())
        .filter((word) => word !== '');
    const from = words(sides[0]!);
    const to = sides.length === 2 ? words(sides[1]!) : from;
    if (sides.length > 2 || from.length === 0 || to.length === 0 || (sides.length === 1 && from.length === 1))
      throw fault(at + 1, 'names no pair of words');
    for (const one of from) for (const other of to) into.add(one, other);
  });
}

function fault(row: number, message: string): EndcapError {
  const remedy = 'Write lines such as "sofa, couch" or "tv => television"';
  return new EndcapError('invalid_synonyms', `Synonyms, line ${row}: ${message}`, {
    remedy,
    errors: [{ field: 'synonyms', row, message, remedy }],
  });
}
