import { add, causalConv1d, layerNorm, relu } from '../../nn/index.js';
import { sequenceAlgorithm } from './sequenceModel.js';

/** Dilated causal convolutions with residual connections (Yuan et al. 2019): each block doubles the reach. */
export const nextItNet = sequenceAlgorithm({
  name: 'nextItNet',
  source: 'Yuan et al. 2019 (NextItNet)',
  defaults: {
    width: 64,
    blocks: 4,
    length: 50,
    dropout: 0.3,
    negatives: 0,
    temperature: 0,
    epochs: 60,
    batch: 1024,
    learningRate: 0.002,
    weightDecay: 0.0001,
    average: 0.995,
    patience: 5,
    heldOut: 5000,
  },
  grid: { dropout: [0.1, 0.3] },
  encoder(g, x, { blocks, dropout, width }) {
    let h = g.dropout(x, dropout);
    for (let block = 0; block < blocks; block++) {
      const inner = g.scope(`block${block}`);
      const wide = causalConv1d(inner, 'filter', h, width, { kernel: 3, dilation: 2 ** (block % 4) });
      h = add(h, g.dropout(relu(layerNorm(inner, 'norm', wide)), dropout));
    }
    return layerNorm(g, 'last', h);
  },
});
