/** The training loop: schedule, clipping, averaging, early stopping, checkpoints and resuming. */
import { EndcapError, type Random, random } from '../core/index.js';
import { WeightAverage } from './average.js';
import { loadSnapshot, saveSnapshot } from './checkpoint.js';
import type { Feeds, TrainingStep } from './compile.js';
import { clipGradients, gradientNorm, type Optimizer, type State, warmupCosine } from './optim.js';
import type { Sizes } from './tensor.js';
import type { Weights } from './weights.js';

export interface Batch {
  feeds: Feeds;
  sizes: Sizes;
}

export interface TrainProgress {
  epoch: number;
  step: number;
  steps: number;
  loss: number;
  secondsLeft: number;
  /** The last evaluation, once there is one. */
  score: number | undefined;
}

export interface TrainOptions {
  weights: Weights;
  step: TrainingStep;
  optimizer: Optimizer;
  epochs: number;
  stepsPerEpoch: number;
  /** The batches of an epoch. They must follow from the epoch and its random numbers alone, to be resumable. */
  batches: (epoch: number, rng: Random) => Iterable<Batch>;
  /** Steps of linear warm-up followed by a cosine decay over all epochs; without it the rate is constant. */
  warmup?: number;
  /** Longest gradient allowed. */
  clip?: number;
  /** Decay of the moving average of the weights (0.999, say); the average is what is evaluated and kept. */
  average?: number;
  /** Quality of the present weights on held-out data, higher is better; after each epoch. */
  evaluate?: () => Promise<number>;
  /** Epochs without a better evaluation before stopping. */
  patience?: number;
  /** Saved after each epoch and when `seconds` have passed; if the file exists, training resumes from it. */
  checkpoint?: { path: string; seconds: number };
  onProgress?: (progress: TrainProgress) => void;
}

export interface TrainResult {
  /** Mean loss of each epoch. */
  losses: number[];
  /** Evaluation of each epoch. */
  scores: number[];
  /** The epoch whose weights were kept. */
  bestEpoch: number;
}

/** The loss or a gradient stopped being a number. The weights are back at the last good state. */
export class TrainingDiverged extends EndcapError {
  constructor(readonly step: number) {
    super('training_diverged', `Training diverged at step ${step}: the loss or a gradient is not a number`, {
      status: 500,
      remedy: 'Lower the learning rate or clip the gradients.',
    });
  }
}

/** Where a run stands; with the arrays it is all that resuming needs. */
interface Place extends TrainResult {
  epoch: number;
  /** Batches of this epoch that are done. */
  batch: number;
  step: number;
  /** Sum of the losses of this epoch. */
  lossSum: number;
  seed: number;
}

export async function train(options: TrainOptions): Promise<TrainResult> {
  return new Run(options).train();
}

class Run {
  private readonly place: Place;
  private readonly average?: WeightAverage;
  /** Weights to return to: the best evaluated, or those after the last finished epoch. */
  private good: State;
  private saved = performance.now();
  private readonly started = performance.now();
  private readonly firstStep: number;

  constructor(private readonly options: TrainOptions) {
    const { weights, average } = options;
    this.place = {
      epoch: 0,
      batch: 0,
      step: 0,
      lossSum: 0,
      losses: [],
      scores: [],
      bestEpoch: 0,
      seed: weights.seed,
    };
    if (average) this.average = new WeightAverage(weights, average);
    this.good = weights.copy();
    this.resume();
    this.firstStep = this.place.step;
  }

  async train(): Promise<TrainResult> {
    const { epochs, patience = Number.POSITIVE_INFINITY, weights } = this.options;
    const { place } = this;
    while (place.epoch < epochs && place.epoch - place.bestEpoch <= patience) {
      await this.epoch();
      await this.closeEpoch();
    }
    weights.load(this.good);
    const { losses, scores, bestEpoch } = place;
    return { losses, scores, bestEpoch };
  }

  private async epoch(): Promise<void> {
    const { batches, weights } = this.options;
    const { place } = this;
    const rng = random(weights.seed ^ Math.imul(place.epoch + 1, 0x9e3779b1));
    let index = 0;
    for (const batch of batches(place.epoch, rng)) {
      // Batches from before a resume are drawn again and passed over: the random numbers stay in step.
      if (index++ < place.batch) continue;
      await this.step(batch);
      if (
        performance.now() - this.saved >=
        1000 * (this.options.checkpoint?.seconds ?? Number.POSITIVE_INFINITY)
      )
        this.save();
    }
  }

  private async step({ feeds, sizes }: Batch): Promise<void> {
    const { weights, step, optimizer, clip, warmup, epochs, stepsPerEpoch, onProgress } = this.options;
    const { place } = this;
    const steps = epochs * stepsPerEpoch;
    const loss = await step.run(feeds, sizes, place.step);
    const norm = gradientNorm(weights);
    if (!Number.isFinite(loss + norm)) {
      weights.load(this.good);
      throw new TrainingDiverged(place.step);
    }
    if (clip) clipGradients(weights, norm, clip);
    const factor = warmup === undefined ? 1 : warmupCosine(place.step, warmup, steps);
    optimizer.apply(weights, place.step, optimizer.rate * factor);
    this.average?.update(place.step);
    place.step++;
    place.batch++;
    place.lossSum += loss;
    const each = (performance.now() - this.started) / (place.step - this.firstStep) / 1000;
    onProgress?.({
      epoch: place.epoch,
      step: place.step,
      steps,
      loss,
      secondsLeft: each * (steps - place.step),
      score: place.scores.at(-1),
    });
  }

  private async closeEpoch(): Promise<void> {
    const { place } = this;
    place.losses.push(place.lossSum / Math.max(1, place.batch));
    if (this.average) await this.average.during(() => this.judge());
    else await this.judge();
    place.epoch++;
    place.batch = 0;
    place.lossSum = 0;
    this.save();
  }

  /** Keeps the weights if nothing better was seen (always, when nothing is evaluated). */
  private async judge(): Promise<void> {
    const { evaluate, weights } = this.options;
    const { place } = this;
    if (evaluate) {
      const score = await evaluate();
      const best = Math.max(...place.scores, Number.NEGATIVE_INFINITY);
      place.scores.push(score);
      if (!(score > best)) return;
    }
    place.bestEpoch = place.epoch;
    this.good = weights.copy();
  }

  private save(): void {
    const { checkpoint, weights, optimizer } = this.options;
    if (!checkpoint) return;
    const arrays = {
      ...prefixed('weight', weights.values()),
      ...prefixed('good', this.good),
      ...prefixed('optimizer', optimizer.state()),
      ...prefixed('average', this.average?.values ?? {}),
    };
    saveSnapshot(checkpoint.path, { note: this.place, arrays });
    this.saved = performance.now();
  }

  private resume(): void {
    const { checkpoint, weights, optimizer } = this.options;
    const snapshot = checkpoint && loadSnapshot<Place>(checkpoint.path);
    if (!snapshot) return;
    if (snapshot.note.seed !== weights.seed)
      throw new EndcapError('checkpoint_mismatch', `${checkpoint.path} belongs to a run with another seed`);
    weights.load(unprefixed('weight', snapshot.arrays));
    this.good = unprefixed('good', snapshot.arrays);
    optimizer.load(unprefixed('optimizer', snapshot.arrays));
    if (this.average) this.average.values = unprefixed('average', snapshot.arrays);
    Object.assign(this.place, snapshot.note);
  }
}

function prefixed(prefix: string, state: State): State {
  return Object.fromEntries(Object.entries(state).map(([name, values]) => [`${prefix}:${name}`, values]));
}

function unprefixed(prefix: string, state: State): State {
  const own = Object.entries(state).filter(([name]) => name.startsWith(`${prefix}:`));
  return Object.fromEntries(own.map(([name, values]) => [name.slice(prefix.length + 1), values]));
}
