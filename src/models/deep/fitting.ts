import type { Progress, Random } from '../../core/index.js';
import {
  Adam,
  type Batch,
  compileTraining,
  type Graph,
  type Tensor,
  train,
  type Weights,
} from '../../nn/index.js';
import { threads } from '../threads.js';

export interface Fitting {
  name: string;
  weights: Weights;
  loss: (g: Graph) => Tensor;
  options: {
    epochs: number;
    learningRate: number;
    weightDecay?: number;
    patience?: number;
    average?: number;
  };
  stepsPerEpoch: number;
  batches: (rng: Random) => Iterable<Batch>;
  /** Quality on held-out data, higher is better; without it all epochs are run. */
  evaluate?: () => Promise<number>;
  progress: Progress;
}

/**
 * Trains with Adam, clipped gradients and early stopping; the weights end as the best that were seen. Heeds what the
 * progress asks: ends when it is enough, and goes on from its checkpoint after a kill.
 */
export async function fitWeights(fitting: Fitting): Promise<void> {
  const { name, weights, options, stepsPerEpoch, evaluate, progress } = fitting;
  const total = options.epochs * stepsPerEpoch;
  const place = progress.checkpoint?.();
  const refused = (why: string): void =>
    progress({ phase: name, done: 0, total, warning: `${name} starts anew: ${why}` });
  const step = await compileTraining(weights, fitting.loss, { threads });
  try {
    const { losses, scores } = await train({
      weights,
      step,
      optimizer: new Adam({
        learningRate: options.learningRate,
        beta2: 0.98,
        weightDecay: options.weightDecay ?? 0,
      }),
      epochs: options.epochs,
      stepsPerEpoch,
      batches: (_epoch, rng) => fitting.batches(rng),
      clip: 5,
      ...(options.average ? { average: options.average } : {}),
      ...(evaluate ? { evaluate, patience: options.patience ?? options.epochs } : {}),
      ...(place ? { checkpoint: { ...place, refused } } : {}),
      ...(progress.enough ? { enough: progress.enough } : {}),
      onProgress: ({ epoch, step: done, loss, score, losses, scores }) => {
        const held = score === undefined ? '' : `, held-out NDCG@10 ${score.toFixed(4)}`;
        const note = `epoch ${epoch + 1}, loss ${loss.toFixed(3)}${held}`;
        const curve = { loss: losses, heldOut: scores };
        progress({ phase: name, done, total, note, epochs: losses.length, curve });
      },
    });
    const curve = { loss: losses, heldOut: scores };
    progress({ phase: name, done: total, total, epochs: losses.length, curve });
  } finally {
    await step.release();
  }
}

/** Batches of shoppers in random order. */
export function* shuffledBatches(count: number, batch: number, rng: Random): Generator<Int32Array> {
  const order = rng.shuffle(Int32Array.from({ length: count }, (_, i) => i));
  for (let from = 0; from < count; from += batch) yield order.subarray(from, from + batch);
}
