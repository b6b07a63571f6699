import { EndcapError } from '../core/index.js';
import { type Interval, pairedDifference } from '../math/index.js';
import { algorithms, type Dataset, type Model } from '../models/index.js';
import { wallClock } from './clock.js';
import type { Candidate, Winner } from './finalists.js';
import { type Chosen, fitWatched, formerOf, measureOnTest, type Shared } from './fit.js';
import type { Manifest } from './manifest.js';
import type { Registry } from './registry.js';
import type { LearnedShelf } from './shelfLesson.js';
import type { Split } from './split.js';
import { type Options, ran } from './trial.js';
import { type Sentence, say } from './words.js';

/** All data a shop has, and what names it. */
export interface Whole {
  data: Dataset;
  fingerprint: string;
  /** Log offset after the last event in `data`. */
  logOffset: number;
  /** Version of the code. */
  code: string;
  /** What the home shelf is made of beside the model. */
  served?: LearnedShelf | undefined;
}

/** What came of a selection, and why. */
export interface Decision {
  /** Version that serves now. */
  version: string | undefined;
  deployed: boolean;
  /** Why, in English, and as data for another language. */
  why: string;
  reasons: Sentence[];
  /** Winner minus the deployed model in NDCG on the test cases, where they were compared. */
  against?: { version: string; algorithm: string; difference: Interval };
}

export interface DeployOptions extends Shared {
  /** When all must be done, ms of the clock; never by default. */
  end?: number;
}

/**
 * Fits the winner on everything up to now and stores it with its manifest. It is deployed if nothing else is, if it
 * is what is deployed on newer data, or if it beats the deployed one by a 95 % interval on the same split. When the time
 * does not suffice for the last fit, what was measured on test serves.
 */
export async function deployBest(
  registry: Registry,
  { candidate: winner, model: measured, tookMs, cut }: Winner,
  split: Split,
  whole: Whole,
  options: DeployOptions,
): Promise<Decision> {
  const { seed } = options;
  const { deploy, reasons, against } = await judge(registry, winner, split, whole, options);
  if (!deploy) return decided({ version: await registry.deployed(), deployed: false, against }, reasons);
  const recommender = algorithmNamed(winner.algorithm)!;
  const former = formerOf(recommender, measured, { cut, until: split.test.past.until });
  const fitted = await lastFit({ recommender, options: winner.options, former }, whole, tookMs, options);
  const { model, epochs } = fitted ?? { model: measured, epochs: winner.epochs };
  const learnedUntil = fitted ? whole.data.until : split.test.past.until;
  const manifest = manifestOf(winner, split, whole, seed);
  const data = { ...manifest.data, until: new Date(learnedUntil).toISOString(), items: model.items.size };
  const version = await registry.save(model, { ...manifest, ...ran(epochs), data });
  await registry.deploy(version);
  if (!fitted) reasons.push({ text: 'late', figures: [] });
  else if (former) reasons.push({ text: 'short', figures: [] });
  if (whole.served?.late) reasons.push({ text: 'shelfUnlearned', figures: [] });
  return decided({ version, deployed: true, against }, reasons);
}

function decided(
  { version, deployed, against }: Judged & Pick<Decision, 'version' | 'deployed'>,
  reasons: Sentence[],
): Decision {
  const why = reasons.map((reason) => say(reason)).join('; ');
  return { version, deployed, why, reasons, ...(against && { against }) };
}

interface Judged {
  against?: Decision['against'] | undefined;
}

/**
 * The winner fitted on everything; undefined when it takes longer than what is left. What it took on test it may take
 * again, and half as long, whatever is left: the newest weeks are worth more to a shop than a budget kept to the second.
 */
async function lastFit(
  chosen: Chosen,
  { data }: Whole,
  tookMs: number,
  options: DeployOptions,
): Promise<{ model: Model; epochs: number | undefined } | undefined> {
  const { end = Number.POSITIVE_INFINITY, clock = wallClock } = options;
  const now = clock();
  const hard = Math.max(end, now + 1.5 * tookMs);
  // What goes on is no worse for ending with the budget.
  const room = chosen.former ? Math.max(0, end - now) : hard - now;
  const fit = {
    limits: { soft: now + 0.7 * room, hard },
    phase: 'fitting the winner on everything',
    place: { done: 0, total: 1 },
    part: 'all',
  };
  try {
    return await fitWatched(chosen, data, { ...options, ...fit }, async (model, _, epochs) => ({
      model,
      epochs,
    }));
  } catch (error) {
    if (error instanceof EndcapError && error.code === 'out_of_time') return undefined;
    throw error;
  }
}

async function judge(
  registry: Registry,
  winner: Candidate,
  split: Split,
  { fingerprint }: Whole,
  options: DeployOptions,
): Promise<Judged & { deploy: boolean; reasons: Sentence[] }> {
  const because = (deploy: boolean, text: Sentence['text'], ...figures: Sentence['figures']) => ({
    deploy,
    reasons: [{ text, figures }],
  });
  const version = await registry.deployed();
  if (version === undefined) return because(true, 'first');
  const incumbent = await serving(registry, version);
  if (incumbent instanceof EndcapError) return because(true, 'cannotServe', incumbent.message);
  if (sameChoice(incumbent.model, incumbent.options, winner)) {
    const newer = incumbent.data.fingerprint !== fingerprint;
    return newer
      ? because(true, 'newer', winner.algorithm, version)
      : because(false, 'same', winner.algorithm);
  }
  const rival = await rivalNdcg(incumbent, split, options);
  if (!rival) return because(false, 'noTime', incumbent.model);
  const difference = pairedDifference(winner.test.byCase.ndcg, rival, options.seed);
  const { mean, low, high } = difference;
  const figures = [mean, low, high].map((value) => value.toFixed(4));
  const against = { version, algorithm: incumbent.model, difference };
  const text = low > 0 ? 'better' : 'notBetter';
  return { ...because(low > 0, text, winner.algorithm, incumbent.model, ...figures), against };
}

/** The manifest of what is deployed, or why it cannot serve. */
async function serving(registry: Registry, version: string): Promise<Manifest | EndcapError> {
  try {
    await registry.load(version);
    return await registry.manifest(version);
  } catch (error) {
    if (error instanceof EndcapError) return error;
    throw error;
  }
}

/**
 * NDCG by test case of the deployed configuration, fitted on the same data before the window as the winner: the
 * deployed weights themselves may have learned from the window. Undefined when there is no time.
 */
async function rivalNdcg(
  incumbent: Manifest,
  split: Split,
  options: DeployOptions,
): Promise<Float64Array | undefined> {
  const { end = Number.POSITIVE_INFINITY, clock = wallClock } = options;
  const now = clock();
  const left = (end - now) / 2;
  const chosen = { recommender: algorithmNamed(incumbent.model)!, options: incumbent.options };
  const fit = {
    limits: { soft: now + 0.75 * left, hard: end },
    phase: 'measuring what is deployed on test',
    place: { done: 0, total: 1 },
  };
  return (await measureOnTest(split, chosen, options, fit))?.evaluation.byCase.ndcg;
}

function manifestOf(
  winner: Candidate,
  { days, boundaries }: Split,
  whole: Whole,
  seed: number,
): Omit<Manifest, 'version' | 'files'> {
  const date = (ms: number): string => new Date(ms).toISOString();
  const means = (part: 'validation' | 'test'): Record<string, number> =>
    Object.fromEntries(Object.entries(winner[part].metrics).map(([name, { mean }]) => [name, mean]));
  return {
    model: winner.algorithm,
    options: winner.options,
    seed,
    data: {
      fingerprint: whole.fingerprint,
      logOffset: whole.logOffset,
      until: date(whole.data.until),
      interactions: whole.data.item.length,
      items: whole.data.items.size,
    },
    split: { days, validation: date(boundaries.validation), test: date(boundaries.test) },
    code: whole.code,
    ...(whole.served && { shelf: whole.served.shelf }),
    created: date(Date.now()),
    metrics: { validation: means('validation'), test: means('test') },
  };
}

function algorithmNamed(name: string): (typeof algorithms)[number] | undefined {
  return algorithms.find((algorithm) => algorithm.name === name);
}

function sameChoice(algorithm: string, options: Options, winner: Candidate): boolean {
  const sorted = (of: Options): string => JSON.stringify(Object.entries(of).sort());
  return algorithm === winner.algorithm && sorted(options) === sorted(winner.options);
}
