import { type Random, random } from '../core/index.js';

export interface SkipGramOptions {
  dimension: number;
  epochs: number;
  /** Learning learningRate of the first epoch; it falls to 0 in a straight line. */
  learningRate: number;
  /** Tokens on either side that count as beside; how far is drawn anew for each token. */
  window: number;
  negatives: number;
  /** Share of the corpus above which a token is left out at random, for it is beside everything; 0 keeps all. */
  subsample: number;
  seed: number;
  onEpoch?: (done: number) => void;
}

/** [rows × dimension] and [tokens × dimension] */
export interface SkipGram {
  inputs: Float32Array;
  contexts: Float32Array;
}

/**
 * Skip-gram with negative sampling (Mikolov et al. 2013): a token's vector learns to predict the tokens beside it and
 * not a few random ones, drawn by the ¾ power of their counts. A token's vector is the mean of the input rows in its
 * bag: one row of its own, or those of its parts (Bojanowski et al. 2017). `lines` hold tokens 0 … bags.length − 1.
 */
export function skipGram(
  lines: readonly Uint32Array[],
  bags: readonly Uint32Array[],
  rows: number,
  options: SkipGramOptions,
): SkipGram {
  const { dimension, epochs, seed } = options;
  const next = random(seed);
  const counts = new Uint32Array(bags.length);
  for (const line of lines) for (const token of line) counts[token]!++;
  const training: Training = {
    dimension,
    negatives: options.negatives,
    inputs: Float32Array.from({ length: rows * dimension }, () => (next.float() - 0.5) / dimension),
    contexts: new Float32Array(bags.length * dimension),
    noise: noiseOf(counts),
    hidden: new Float32Array(dimension),
    slope: new Float32Array(dimension),
  };
  const kept = keepRates(counts, options.subsample);
  for (let epoch = 0; epoch < epochs; epoch++) {
    const learningRate = options.learningRate * (1 - epoch / epochs);
    for (const line of lines) {
      const tokens = kept ? line.filter((token) => kept[token]! >= 1 || next.float() < kept[token]!) : line;
      learnLine(training, tokens, bags, options.window, learningRate, next);
    }
    options.onEpoch?.(epoch + 1);
  }
  return { inputs: training.inputs, contexts: training.contexts };
}

interface Training extends SkipGram {
  dimension: number;
  negatives: number;
  /** Tokens, each as often as it is to be drawn. */
  noise: Uint32Array;
  hidden: Float32Array;
  slope: Float32Array;
}

function learnLine(
  training: Training,
  line: Uint32Array,
  bags: readonly Uint32Array[],
  window: number,
  learningRate: number,
  next: Random,
): void {
  for (let at = 0; at < line.length; at++) {
    const reach = 1 + next.int(window);
    const end = Math.min(line.length - 1, at + reach);
    for (let by = Math.max(0, at - reach); by <= end; by++)
      if (by !== at) learn(training, bags[line[at]!]!, line[by]!, learningRate, next);
  }
}

/** One pair: the token's vector towards the context's, away from a few random ones. */
function learn(
  training: Training,
  bag: Uint32Array,
  context: number,
  learningRate: number,
  next: Random,
): void {
  const { dimension, negatives, inputs, contexts, noise, hidden, slope } = training;
  hidden.fill(0);
  slope.fill(0);
  for (const row of bag) for (let k = 0; k < dimension; k++) hidden[k]! += inputs[row * dimension + k]!;
  for (let k = 0; k < dimension; k++) hidden[k]! /= bag.length;
  for (let draw = 0; draw <= negatives; draw++) {
    const token = draw === 0 ? context : noise[next.int(noise.length)]!;
    if (draw > 0 && token === context) continue;
    const from = token * dimension;
    let score = 0;
    for (let k = 0; k < dimension; k++) score += hidden[k]! * contexts[from + k]!;
    const error = learningRate * ((draw === 0 ? 1 : 0) - 1 / (1 + Math.exp(-score)));
    for (let k = 0; k < dimension; k++) {
      slope[k]! += error * contexts[from + k]!;
      contexts[from + k]! += error * hidden[k]!;
    }
  }
  for (const row of bag) for (let k = 0; k < dimension; k++) inputs[row * dimension + k]! += slope[k]!;
}

function noiseOf(counts: Uint32Array): Uint32Array {
  const powers = Array.from(counts, (count) => count ** 0.75);
  const scale = 100_000 / powers.reduce((sum, power) => sum + power, 0);
  return Uint32Array.from(
    powers.flatMap((power, token) => new Array<number>(Math.ceil(power * scale)).fill(token)),
  );
}

/** √(t/f) + t/f of the word2vec program: the chance that a token of frequency f stays. */
function keepRates(counts: Uint32Array, subsample: number): Float32Array | undefined {
  if (subsample === 0) return undefined;
  const total = counts.reduce((sum, count) => sum + count, 0);
  return Float32Array.from(counts, (count) => {
    const ratio = (subsample * total) / Math.max(1, count);
    return Math.sqrt(ratio) + ratio;
  });
}
