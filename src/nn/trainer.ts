/** The training loop: schedule, clipping, averaging, early stopping, checkpoints and resuming. */
import { EndcapError, type Random, random } from '../core/index.js';
import { WeightAverage } from './average.js';
import { loadSnapshot, type Snapshot, saveSnapshot } from './checkpoint.js';
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
  /** Mean loss and evaluation of the finished epochs. */
  losses: readonly number[];
  scores: readonly number[];
}

/** A file to go on from. It is used by a run of the same identity, seed, shapes and schedule only. */
export interface CheckpointOptions {
  path: string;
  identity: string;
  /** Longest time between two saves, s. */
  seconds: number;
  /** Told why a file at `path` is not used: the run starts anew and replaces it. */
  refused?: (why: string) => void;
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
  /** Where the run keeps its place; at the end the file is a finished run, which more epochs may continue. */
  checkpoint?: CheckpointOptions;
  /** Asked after each step; once true, training ends with the best weights so far. */
  enough?: () => boolean;
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
  identity: string;
  /** Steps the schedule is laid out for; 0 without one. */
  schedule: number;
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
  /** What evaluating took so far. */
  private judgedMs = 0;
  private readonly started = performance.now();
  private readonly firstStep: number;

  constructor(private readonly options: TrainOptions) {
    const { weights, average, warmup, epochs, stepsPerEpoch } = options;
    this.place = {
      epoch: 0,
      batch: 0,
      step: 0,
      lossSum: 0,
      losses: [],
      scores: [],
      bestEpoch: 0,
      seed: weights.seed,
      identity: options.checkpoint?.identity ?? '',
      schedule: warmup === undefined ? 0 : epochs * stepsPerEpoch,
    };
    if (average) this.average = new WeightAverage(weights, average);
    this.good = weights.copy();
    this.resume();
    this.firstStep = this.place.step;
  }

  async train(): Promise<TrainResult> {
    const { epochs, patience = Number.POSITIVE_INFINITY, weights } = this.options;
    const { place } = this;
    let whole = true;
    while (whole && place.epoch < epochs && place.epoch - place.bestEpoch <= patience) {
      whole = await this.epoch();
      if (!whole) break;
      await this.closeEpoch();
      this.saveIfDue();
    }
    this.save();
    // A broken epoch is judged where that takes little time; otherwise it counts when there is nothing better.
    if (!whole && this.quickToJudge) await this.averaged(() => this.keepIfBetter());
    else if (!whole && place.scores.length === 0)
      this.good = this.average ? this.average.copy() : weights.copy();
    weights.load(this.good);
    const { losses, scores, bestEpoch } = place;
    return { losses, scores, bestEpoch };
  }

  /** Whether an evaluation took less than a tenth of an epoch. */
  private get quickToJudge(): boolean {
    const { place, options } = this;
    if (!options.evaluate || place.epoch === 0 || place.batch === 0) return false;
    const learned = performance.now() - this.started - this.judgedMs;
    return 10 * this.judgedMs < learned;
  }

  /** False when it was told to stop on the way. */
  private async epoch(): Promise<boolean> {
    const { batches, weights, enough } = this.options;
    const { place } = this;
    const rng = random(weights.seed ^ Math.imul(place.epoch + 1, 0x9e3779b1));
    let index = 0;
    for (const batch of batches(place.epoch, rng)) {
      // Batches from before a resume are drawn again and passed over: the random numbers stay in step.
      if (index++ < place.batch) continue;
      await this.step(batch);
      if (enough?.()) return false;
      this.saveIfDue();
    }
    return true;
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
    optimizer.apply(weights, place.step, optimizer.learningRate * factor);
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
      losses: place.losses,
      scores: place.scores,
    });
  }

  private async closeEpoch(): Promise<void> {
    const { place } = this;
    place.losses.push(place.lossSum / Math.max(1, place.batch));
    const started = performance.now();
    await this.averaged(() => this.judge());
    this.judgedMs += performance.now() - started;
    place.epoch++;
    place.batch = 0;
    place.lossSum = 0;
  }

  /** Runs `work` with the average in place of the weights, where there is one. */
  private averaged(work: () => Promise<void>): Promise<void> {
    return this.average ? this.average.during(work) : work();
  }

  /** Keeps the weights of a broken epoch if no finished one was better; the run goes on from where it broke. */
  private async keepIfBetter(): Promise<void> {
    const { evaluate, weights } = this.options;
    if ((await evaluate!()) > Math.max(...this.place.scores)) this.good = weights.copy();
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

  private saveIfDue(): void {
    const { seconds = Number.POSITIVE_INFINITY } = this.options.checkpoint ?? {};
    if (performance.now() - this.saved >= 1000 * seconds) this.save();
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
    const { checkpoint } = this.options;
    if (!checkpoint) return;
    try {
      const snapshot = loadSnapshot<Place>(checkpoint.path);
      if (snapshot) this.goOnFrom(snapshot);
    } catch (error) {
      if (!(error instanceof EndcapError)) throw error;
      checkpoint.refused?.(error.message);
    }
  }

  /** Throws `checkpoint_mismatch` when it is not of this run. */
  private goOnFrom({ note, arrays }: Snapshot<Place>): void {
    const { weights, optimizer, epochs } = this.options;
    const { identity, seed, schedule } = this.place;
    if (note.identity !== identity) throw mismatch(`is of ${note.identity}, not of ${identity}`);
    if (note.seed !== seed) throw mismatch('is of another seed');
    if (note.schedule !== schedule || note.epoch > epochs) throw mismatch('is of a run of another length');
    const values = unprefixed('weight', arrays);
    if (!weights.fits(values)) throw mismatch('has weights of another shape');
    weights.load(values);
    this.good = unprefixed('good', arrays);
    optimizer.load(unprefixed('optimizer', arrays));
    if (this.average) this.average.values = unprefixed('average', arrays);
    Object.assign(this.place, note);
  }
}

function mismatch(how: string): EndcapError {
  return new EndcapError('checkpoint_mismatch', `The checkpoint ${how}`);
}

function prefixed(prefix: string, state: State): State {
  return Object.fromEntries(Object.entries(state).map(([name, values]) => [`${prefix}:${name}`, values]));
}

function unprefixed(prefix: string, state: State): State {
  const own = Object.entries(state).filter(([name]) => name.startsWith(`${prefix}:`));
  return Object.fromEntries(own.map(([name, values]) => [name.slice(prefix.length + 1), values]));
}
