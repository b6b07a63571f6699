import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as nn from '../src/nn/index.js';

/**
 * A perceptron of 10 → 50 → 1 that learns ratings from data.csv: 10 features a row, then the rating.
 * Adam with learning rate 0.001, batches of 64, 100 epochs; then the rating of a shopper it has never seen.
 */
const file = process.argv[2] ?? fileURLToPath(new URL('../../examples/data.csv', import.meta.url));
const rows = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split(',').map(Number));
const [features, batch, epochs] = [10, 64, 100];

/** The network: two matrices, a bump between them. */
function perceptron(g: nn.Graph): nn.Tensor {
  const x = g.input('x', ['n', features]);
  const hidden = nn.relu(nn.linear(g, 'hidden', x, 50));
  return nn.linear(g, 'out', hidden, 1);
}

/** What training makes small: the mean squared distance to the ratings. */
function loss(g: nn.Graph): nn.Tensor {
  return nn.meanSquaredError(perceptron(g), g.input('y', ['n', 1]));
}

/** The rows in random order, 64 at a time. */
function* batches(
  _epoch: number,
  rng: { shuffle<T extends { length: number; [i: number]: unknown }>(array: T): T },
): Generator<nn.Batch> {
  const order = rng.shuffle(rows.slice());
  for (let from = 0; from < order.length; from += batch) {
    const part = order.slice(from, from + batch);
    const x = Float32Array.from(part.flatMap((row) => row.slice(0, features)));
    const y = Float32Array.from(part, (row) => row[features]!);
    yield { feeds: { x, y }, sizes: { n: part.length } };
  }
}

const weights = new nn.Weights(1);
const step = await nn.compileTraining(weights, loss);
const stepsPerEpoch = Math.ceil(rows.length / batch);
let sum = 0;
await nn.train({
  weights,
  step,
  optimizer: new nn.Adam({ learningRate: 0.001 }),
  epochs,
  stepsPerEpoch,
  batches,
  onProgress: ({ epoch, step: done, loss: now }) => {
    sum += now;
    if (done % stepsPerEpoch !== 0) return;
    console.log(`Epoch ${epoch + 1}/${epochs}, Loss: ${(sum / stepsPerEpoch).toFixed(4)}`);
    sum = 0;
  },
});

const newShopper = Float32Array.of(0.3, 0.2, 0.3, 0.4, 0.6, 0.7, 0.3, 0.5, 0.4, 0.5);
const model = await nn.compileInference(weights, (g) => ({ rating: perceptron(g) }));
const { rating } = await model.run({ x: newShopper }, { n: 1 });
console.log(`Predicted rating for the new shopper: ${rating![0]!.toFixed(2)}`);
