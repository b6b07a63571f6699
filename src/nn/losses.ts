/** Losses, each a scalar. Per-row losses are averaged with `weights` [n, 1] when rows may be padding. */
import { reshape, sum } from './broadcast.js';
import { add, div, equal, mul, neg, softplus, sub } from './elementwise.js';
import { MASKED } from './graph.js';
import { logPartition, weightedLogPartition } from './partition.js';
import { logSumExp, mean, rowDot } from './reduce.js';
import { columnOfOnes } from './shape.js';
import type { Tensor } from './tensor.js';

/** Σ w ⊙ x / Σ w: the mean over the rows that count. */
export function weightedMean(x: Tensor, weights?: Tensor): Tensor {
  const value = weights ? div(sum(mul(x, weights)), add(sum(weights), 1e-9)) : mean(x);
  return reshape(value, []);
}

/** Mean of (x − y)². */
export function meanSquaredError(x: Tensor, y: Tensor, weights?: Tensor): Tensor {
  const error = sub(x, y);
  return weightedMean(mul(error, error), weights);
}

/** −y log σ(z) − (1 − y) log(1 − σ(z)) = softplus(z) − y z: never the logarithm of a rounded 0. */
export function binaryCrossEntropy(logits: Tensor, labels: Tensor, weights?: Tensor): Tensor {
  return weightedMean(sub(softplus(logits), mul(labels, logits)), weights);
}

/** −log of the softmax at the right class: logSumExp(z) − z·onehot; logits and onehot are [n, classes]. */
export function categoricalCrossEntropy(logits: Tensor, onehot: Tensor, weights?: Tensor): Tensor {
  return weightedMean(sub(logSumExp(logits), rowDot(logits, onehot)), weights);
}

/**
 * Cross-entropy over a whole catalogue. h [n, d] are the queries, `table` [items, d] scores all items, `positive`
 * [n, d] are the table's rows of the right items (Graph.rows of the same parameter): the positive logit is a dot
 * product of two rows, so no one-hot matrix exists.
 */
export function fullCrossEntropy(
  h: Tensor,
  table: Tensor,
  positive: Tensor,
  options: { weights?: Tensor; temperature?: number } = {},
): Tensor {
  const { weights, temperature = 1 } = options;
  const scale = 1 / temperature;
  const right = weightedMean(mul(rowDot(h, positive), scale), weights);
  const shares = sharesOf(h, weights);
  return sub(reshape(weightedLogPartition(h, table, shares, scale), []), right);
}

/** What each row counts in the mean, [n, 1]. */
function sharesOf(h: Tensor, weights?: Tensor): Tensor {
  const each = weights ?? columnOfOnes(h);
  return div(each, add(sum(each), 1e-9));
}

export interface SampledOptions {
  weights?: Tensor;
  temperature?: number;
  /** log of the probability with which each item is sampled as a negative: of the positives [n, 1], negatives [1, m]. */
  logQ?: { positive: Tensor; negative: Tensor };
  /** Item numbers (int32) of positives [n, 1] and negatives [1, m]: a negative that is the positive does not count. */
  ids?: { positive: Tensor; negative: Tensor };
}

/**
 * Softmax over the positive and m sampled negatives, shared by all rows. Subtracting log Q from each logit makes up
 * for popular items being drawn more often (Bengio & Senécal 2008). h, positive [n, d]; negative [m, d].
 */
export function sampledSoftmax(
  h: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: SampledOptions = {},
): Tensor {
  const { weights, temperature = 1, logQ, ids } = options;
  const scale = 1 / temperature;
  const score = mul(rowDot(h, positive), scale);
  const right = logQ ? sub(score, logQ.positive) : score;
  const wrong = logPartition(h, negative, scale, (z) => {
    const corrected = logQ ? sub(z, logQ.negative) : z;
    return ids ? add(corrected, mul(equal(ids.positive, ids.negative), MASKED)) : corrected;
  });
  // −log of the softmax at the positive: log(e^r + Σ e^w) − r = softplus(log Σ e^w − r).
  return weightedMean(softplus(sub(wrong, right)), weights);
}

/** Bayesian personalised ranking: −log σ(positive − negative), Rendle et al. 2009. */
export function bpr(positive: Tensor, negative: Tensor, weights?: Tensor): Tensor {
  return weightedMean(softplus(sub(negative, positive)), weights);
}

/**
 * gBCE (Petrov & Macdonald 2023): binary cross-entropy of one positive [n, 1] against k sampled negatives [n, k],
 * where the positive's probability is raised to β = α (t (1 − 1/α) + 1/α), α = k / (items − 1). Sampling makes
 * plain cross-entropy overconfident; t = 1 undoes that in full, t = 0 not at all.
 */
export function gBce(
  positive: Tensor,
  negative: Tensor,
  options: { items: number; calibration: number; weights?: Tensor },
): Tensor {
  const alpha = (negative.shape.at(-1) as number) / (options.items - 1);
  const beta = alpha * (options.calibration * (1 - 1 / alpha) + 1 / alpha);
  const right = mul(softplus(neg(positive)), beta);
  return weightedMean(add(right, sum(softplus(negative), [1])), options.weights);
}
