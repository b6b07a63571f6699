import { EndcapError, type Event } from '../../core/index.js';
import {
  averagePrecision,
  calibrationError,
  type ReliabilityBin,
  reliability,
  rocAuc,
} from '../../math/index.js';
import {
  fitPropensity,
  gatherRows,
  type PropensityContent,
  type PropensityOptions,
  takeRows,
} from '../propensity.js';
import { type ExampleOptions, type IntentExamples, intentExamples } from './examples.js';

/** Measured on the newest fifth of the visits, which no tree has seen. */
export interface IntentReport {
  visitsLearned: number;
  rowsLearned: number;
  rowsMeasured: number;
  buyRate: number;
  roc: number;
  precision: number;
  calibrationError: number;
  /** ROC-AUC after so many events of a visit; null where one outcome only is there. */
  afterEvents: { events: number; rows: number; roc: number | null }[];
  reliability: ReliabilityBin[];
}

export interface TrainedIntent {
  content: PropensityContent;
  report: IntentReport;
}

/** The share of rows, oldest first, that is learned from. */
const learnedShare = 0.8;

/** Learns intent from a log of events in time order; throws `too_little_data` where too few visits ended either way. */
export function trainIntent(
  events: Iterable<Event>,
  options: Partial<PropensityOptions> & {
    outcome?: ExampleOptions['outcome'];
  } = {},
): TrainedIntent {
  const { outcome, ...rest } = options;
  const examples = intentExamples(events, outcome ? { outcome } : {});
  return trainOn(examples, rest);
}

export function trainOn(examples: IntentExamples, options: Partial<PropensityOptions> = {}): TrainedIntent {
  const { data } = examples;
  const border = borderAt(examples, Math.floor(learnedShare * data.target.length));
  const early = Array.from({ length: border }, (_, row) => row);
  const late = Array.from({ length: data.target.length - border }, (_, at) => border + at);
  if (late.length === 0)
    throw new EndcapError('too_little_data', 'No visit with events before its end is in the log', {
      remedy: 'Send views and carts, not purchases alone',
    });
  const model = fitPropensity(takeRows(data, early), { folds: 3, bags: 2, ...options });
  const p = model.predictColumns(data.columns.map((column) => gatherRows(column, late)));
  const outcome = gatherRows(data.target, late);
  return {
    content: model.content,
    report: {
      visitsLearned: early.reduce((sum, row) => sum + (examples.at[row] === 1 ? 1 : 0), 0),
      rowsLearned: early.length,
      rowsMeasured: late.length,
      buyRate: outcome.reduce((sum, one) => sum + one, 0) / outcome.length,
      roc: rocAuc(p, outcome),
      precision: averagePrecision(p, outcome),
      calibrationError: calibrationError(p, outcome),
      afterEvents: [1, 2, 3, 5].map((count) => after(count, examples, late, p)),
      reliability: reliability(p, outcome),
    },
  };
}

/** Of the visits that went on after `count` events: their rows at that event. */
function after(
  count: number,
  { at, of, data }: IntentExamples,
  late: readonly number[],
  p: Float64Array,
): IntentReport['afterEvents'][number] {
  const chosen = [...late.keys()].filter((place) => at[late[place]!] === count && of[late[place]!]! > count);
  const outcome = chosen.map((place) => data.target[late[place]!]!);
  const roc = rocAuc(
    chosen.map((place) => p[place]!),
    outcome,
  );
  return { events: count, rows: chosen.length, roc: Number.isNaN(roc) ? null : roc };
}

/** A visit's rows stay on one side. */
function borderAt({ at }: IntentExamples, near: number): number {
  let border = near;
  while (border < at.length && at[border]! > 1) border++;
  return border;
}
