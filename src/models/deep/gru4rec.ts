import { gru, linear } from '../../nn/index.js';
import { sequenceAlgorithm } from './sequenceModel.js';

/** A recurrent network over the events (Hidasi et al. 2016; Hidasi & Karatzoglou 2018), with softmax loss. */
export const gru4rec = sequenceAlgorithm({
  name: 'gru4rec',
  source: 'Hidasi et al. 2016 (GRU4Rec), Hidasi & Karatzoglou 2018',
  defaults: {
    width: 64,
    blocks: 1,
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
    for (let block = 0; block < blocks; block++) h = gru(g, `gru${block}`, h, width);
    return linear(g, 'out', g.dropout(h, dropout), width);
  },
});
