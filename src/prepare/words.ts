import { type Random, random } from '../core/index.js';

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
const negatives = 5;
const window = 5;
const segmenter = new Intl.Segmenter('zh', { granularity: 'word' });

/** Words of a text in lower case; Chinese ones by the dictionary of the runtime. */
export function words(text: string): string[] {
  const found: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.normalize('NFKC').toLowerCase()))
    if (isWordLike) found.push(segment);
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

/** FNV-1a. */
function bucketOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0) % buckets;
}

/**
 * Skip-gram with subwords and negative sampling (Bojanowski et al. 2017, fastText): a word is the mean of its n-gram
 * vectors and learns to predict the words beside it. A word never seen has a vector, near that of its spelling.
 */
export function trainWordVectors(texts: readonly string[], options: WordVectorOptions): WordVectors {
  const { dimension, epochs, seed } = options;
  const next = random(seed);
  const lines = texts.map(words).filter((line) => line.length > 1);
  const rows = new Map<string, number>();
  const counts: number[] = [];
  const corpus = lines.map((line) =>
    Uint32Array.from(line, (word) => {
      const row = rows.get(word) ?? rows.size;
      rows.set(word, row);
      counts[row] = (counts[row] ?? 0) + 1;
      return row;
    }),
  );
  const grams = [...rows.keys()].map((word) => Uint32Array.from(gramsOf(word)));
  const model = {
    dimension,
    grams: Float32Array.from({ length: buckets * dimension }, () => (next.float() - 0.5) / dimension),
    contexts: new Float32Array(rows.size * dimension),
    noise: noiseOf(counts),
    hidden: new Float32Array(dimension),
    slope: new Float32Array(dimension),
  };
  for (let epoch = 0; epoch < epochs; epoch++) {
    const rate = 0.05 * (1 - epoch / epochs);
    for (const line of corpus)
      for (let at = 0; at < line.length; at++) {
        const reach = 1 + next.int(window);
        for (let by = Math.max(0, at - reach); by <= Math.min(line.length - 1, at + reach); by++)
          if (by !== at) learn(model, grams[line[at]!]!, line[by]!, rate, next);
      }
  }
  const total = counts.reduce((sum, count) => sum + count, 0);
  const frequency = new Map([...rows].map(([word, row]) => [word, counts[row]! / total]));
  const trained = { dimension, frequency, grams: model.grams };
  const centre = new Float32Array(dimension);
  for (const text of texts) {
    const mean = meanOf(trained, text);
    for (let k = 0; k < dimension; k++) centre[k]! += mean[k]! / texts.length;
  }
  return { ...trained, centre };
}

interface Training {
  dimension: number;
  grams: Float32Array;
  contexts: Float32Array;
  noise: Uint32Array;
  hidden: Float32Array;
  slope: Float32Array;
}

/** One pair: the word's vector towards the context's, away from a few random ones. */
function learn(model: Training, grams: Uint32Array, context: number, rate: number, next: Random): void {
  const { dimension, contexts, noise, hidden, slope } = model;
  hidden.fill(0);
  slope.fill(0);
  for (const gram of grams)
    for (let k = 0; k < dimension; k++) hidden[k]! += model.grams[gram * dimension + k]!;
  for (let k = 0; k < dimension; k++) hidden[k]! /= grams.length;
  for (let draw = 0; draw <= negatives; draw++) {
    const row = draw === 0 ? context : noise[next.int(noise.length)]!;
    if (draw > 0 && row === context) continue;
    let score = 0;
    for (let k = 0; k < dimension; k++) score += hidden[k]! * contexts[row * dimension + k]!;
    const error = rate * ((draw === 0 ? 1 : 0) - 1 / (1 + Math.exp(-score)));
    for (let k = 0; k < dimension; k++) {
      slope[k]! += error * contexts[row * dimension + k]!;
      contexts[row * dimension + k]! += error * hidden[k]!;
    }
  }
  for (const gram of grams)
    for (let k = 0; k < dimension; k++) model.grams[gram * dimension + k]! += slope[k]!;
}

/** Rows to draw from, by the ¾ power of their counts (Mikolov et al. 2013). */
function noiseOf(counts: readonly number[]): Uint32Array {
  const powers = counts.map((count) => count ** 0.75);
  const scale = 100_000 / powers.reduce((sum, power) => sum + power, 0);
  return Uint32Array.from(
    powers.flatMap((power, row) => new Array<number>(Math.ceil(power * scale)).fill(row)),
  );
}

/** The mean of a text's word vectors, frequent words damped. */
function meanOf({ dimension, frequency, grams }: Omit<WordVectors, 'centre'>, text: string): Float32Array {
  const sum = new Float32Array(dimension);
  let total = 0;
  for (const word of words(text)) {
    const own = gramsOf(word);
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
      const mean = meanOf(model, text);
      if (words(text).length === 0) return mean;
      const off = mean.map((value, k) => value - centre[k]!);
      const length = Math.hypot(...off);
      return length > 0 ? off.map((value) => value / length) : off;
    },
  };
}
