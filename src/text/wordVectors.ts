import { fnv1a } from '../core/index.js';
import { fold } from './fold.js';
import { skipGram } from './skipGram.js';

/**
 * Text to vectors. The built-in one below is trained on the shop's own catalogue; a pretrained text model is another
 * implementation of this port.
 */
export interface TextVectorizer {
  readonly dimension: number;
  /** Unit vector of a text; zeros for a text without a word. */
  vector(text: string): Float32Array;
}

export interface WordVectorOptions {
  dimension: number;
  epochs: number;
  seed: number;
}

/** What a trained vectoriser is: plain data to be stored. */
export interface WordVectors {
  dimension: number;
  /** Share of each word in the texts: frequent words say little (Arora et al. 2017, SIF). */
  frequency: Map<string, number>;
  /** [buckets × dimension] */
  grams: Float32Array;
  /** [dimension] what all texts have in common, and which therefore says nothing of one. */
  centre: Float32Array;
}

const buckets = 1 << 15;
const training = { learningRate: 0.05, window: 5, negatives: 5, subsample: 0 };
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/** Words of a text, folded: who writes 藍牙 means 蓝牙. Chinese ones by the dictionary of the runtime. */
export function words(text: string): string[] {
  const found: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(fold(text))) if (isWordLike) found.push(segment);
  return found;
}

/** Buckets of a word: itself and its character n-grams (3 to 5; 1 and 2 where characters are words). */
function gramsOf(word: string): number[] {
  const marked = [...`<${word}>`];
  const [least, most] = /\p{Script=Han}/u.test(word) ? [1, 2] : [3, 5];
  const found = [bucketOf(`=${word}`)];
  for (let size = least; size <= most; size++)
    for (let at = 0; at + size <= marked.length; at++)
      found.push(bucketOf(marked.slice(at, at + size).join('')));
  return found;
}

const bucketOf = (text: string): number => fnv1a(text) % buckets;

/**
 * Skip-gram with subwords and negative sampling (Bojanowski et al. 2017, fastText): a word is the mean of its n-gram
 * vectors and learns to predict the words beside it. A word never seen has a vector, near that of its spelling.
 */
export function trainWordVectors(texts: readonly string[], options: WordVectorOptions): WordVectors {
  const { dimension, epochs, seed } = options;
  const rows = new Map<string, number>();
  const counts: number[] = [];
  const corpus: Uint32Array[] = [];
  // Line by line, for the words of all lines, each a text of its own, would take many times what is kept.
  for (const text of texts) {
    const line = words(text);
    if (line.length < 2) continue;
    const numbers = line.map((word) => {
      const row = rows.get(word) ?? rows.size;
      rows.set(word, row);
      counts[row] = (counts[row] ?? 0) + 1;
      return row;
    });
    corpus.push(Uint32Array.from(numbers));
  }
  const bags = [...rows.keys()].map((word) => Uint32Array.from(gramsOf(word)));
  const { inputs: grams } = skipGram(corpus, bags, buckets, { dimension, epochs, seed, ...training });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const frequency = new Map([...rows].map(([word, row]) => [word, counts[row]! / total]));
  const trained = { dimension, frequency, grams };
  const centre = new Float32Array(dimension);
  for (const text of texts) {
    const mean = meanOf(trained, words(text), (word) => bags[rows.get(word) ?? -1]);
    for (let k = 0; k < dimension; k++) centre[k]! += mean[k]! / texts.length;
  }
  return { ...trained, centre };
}

/** The mean of the vectors of words, frequent ones damped. `known`: the grams of a word, where they are at hand. */
function meanOf(
  { dimension, frequency, grams }: Omit<WordVectors, 'centre'>,
  list: readonly string[],
  known: (word: string) => Uint32Array | undefined = () => undefined,
): Float32Array {
  const sum = new Float32Array(dimension);
  let total = 0;
  for (const word of list) {
    const own = known(word) ?? gramsOf(word);
    const weight = 1e-3 / (1e-3 + (frequency.get(word) ?? 0));
    total += weight;
    for (const gram of own)
      for (let k = 0; k < dimension; k++) sum[k]! += (weight / own.length) * grams[gram * dimension + k]!;
  }
  return total > 0 ? sum.map((value) => value / total) : sum;
}

/** The port's built-in implementation. */
export function vectorizer(model: WordVectors): TextVectorizer {
  const { dimension, centre } = model;
  return {
    dimension,
    vector(text) {
      const list = words(text);
      const mean = meanOf(model, list);
      if (list.length === 0) return mean;
      const off = mean.map((value, k) => value - centre[k]!);
      const length = Math.hypot(...off);
      return length > 0 ? off.map((value) => value / length) : off;
    },
  };
}
