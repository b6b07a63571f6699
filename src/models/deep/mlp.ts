import { concat, linear, mul, relu, sub } from '../../nn/index.js';
import { pairAlgorithm } from './pairs.js';

/**
 * A perceptron over features of a pair (Covington et al. 2016): both vectors, their product and their difference, the
 * item's price and how often it is touched.
 */
export const mlp = pairAlgorithm({
  name: 'mlp',
  source: 'Covington et al. 2016, Deep Neural Networks for YouTube Recommendations',
  defaults: { width: 32, negatives: 4, dropout: 0.2, epochs: 20, batch: 256, learningRate: 0.001 },
  numbers: true,
  head(g, shopper, item, { width, dropout }, numbers) {
    const features = concat([shopper, item, mul(shopper, item), sub(shopper, item), numbers!], 1);
    const h = g.dropout(relu(linear(g, 'first', features, 2 * width)), dropout);
    return linear(g, 'out', relu(linear(g, 'second', h, width)), 1);
  },
});
