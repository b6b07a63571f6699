import { add, concat, linear, mul, relu } from '../../nn/index.js';
import { pairAlgorithm } from './pairs.js';

/**
 * Neural collaborative filtering (He et al. 2017, NeuMF): a generalised inner product (GMF) and a perceptron over
 * both vectors (MLP), added up. The shopper's vector is the mean of their items', not a row of a table.
 */
export const neuMf = pairAlgorithm({
  name: 'neuMf',
  source: 'He et al. 2017, Neural Collaborative Filtering (arXiv 1708.05031)',
  defaults: { width: 32, negatives: 4, dropout: 0.2, epochs: 20, batch: 256, learningRate: 0.001 },
  head(g, shopper, item, { width, dropout }) {
    const product = linear(g, 'gmf', mul(shopper, item), 1);
    let h = concat([shopper, item], 1);
    for (const [at, out] of [2 * width, width].entries())
      h = g.dropout(relu(linear(g, `mlp${at}`, h, out)), dropout);
    return add(product, linear(g, 'out', h, 1));
  },
});
