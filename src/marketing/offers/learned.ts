import { logLoss } from '../../math/index.js';
import { said } from '../../report/index.js';
import { gatherRows } from '../propensity.js';
import type { Words } from '../words.js';
import type { ResponseContent } from './response.js';
import { assumedResponse, type DiscountTrial, fitResponse, responseModel } from './response.js';

/** Below these the response stays assumed: settled assignments drawn at random, and purchases among them. */
export const responseNeeds = { assignments: 1_000, purchases: 100 } as const;

/** One discount of the trial: what was seen, and what is said of the same shoppers. */
export interface ResponsePoint {
  discount: number;
  rows: number;
  /** Share that bought, every discount's rows weighed to the same shoppers. */
  seen: number;
  /** Mean of what the learned response and the assumption say of all shoppers of the trial. */
  learned: number;
  assumed: number;
}

/** What a fit was worth, on rows of shoppers that it had not seen. */
export interface ResponseReport {
  assignments: number;
  purchases: number;
  logLoss: { learned: number; assumed: number };
  curve: ResponsePoint[];
}

export interface LearnedResponse {
  /** Absent where the assumption said more of unseen shoppers than the fit. */
  content?: ResponseContent;
  report: ResponseReport;
}

/** How offers tell what a discount does. */
export interface ResponseStatus {
  basis: 'assumed' | 'measured';
  /** `assumed`, or `measured on N randomised assignments`, and why. */
  said: string;
  /** Settled assignments drawn at random so far, their purchases, and how many of each are needed. */
  assignments: number;
  purchases: number;
  needed: { assignments: number; purchases: number };
  report?: ResponseReport;
}

/** On what the response rests, in words: as JSON says in English, and the pages in their language. */
export function responseSaid(
  { basis, assignments, purchases, needed, report }: Omit<ResponseStatus, 'said'>,
  words: Words,
): string {
  if (report)
    return said(basis === 'measured' ? words.measuredOn : words.noBetter, String(report.assignments));
  return assignments >= needed.assignments && purchases >= needed.purchases
    ? words.fitDue
    : said(words.notEnough, ...[assignments, needed.assignments, purchases, needed.purchases].map(String));
}

/**
 * Fits the response to a trial by halves of its shoppers, each measured on the other, and keeps the fit on all only where
 * it says more of unseen shoppers than the stated assumption. The first column is the log-odds to buy without an offer.
 */
export function learnResponse(trial: DiscountTrial & { fold: Uint8Array }): LearnedResponse {
  const rows = [...trial.discount.keys()];
  const assumed = Float64Array.from(rows, (row) => assumedAt(trial, row, [trial.discount[row]!])[0]!);
  const learned = new Float64Array(rows.length);
  for (const part of [0, 1]) {
    const seen = rows.filter((row) => trial.fold[row] !== part);
    const model = responseModel(fitResponse(takeRows(trial, seen)));
    for (const row of rows)
      if (trial.fold[row] === part) learned[row] = model(rowOf(trial, row), [trial.discount[row]!])[0]!;
  }
  const losses = { learned: logLoss(learned, trial.bought), assumed: logLoss(assumed, trial.bought) };
  const content = fitResponse(trial);
  return {
    ...(losses.learned < losses.assumed ? { content } : {}),
    report: {
      assignments: rows.length,
      purchases: trial.bought.reduce((sum, one) => sum + one, 0),
      logLoss: losses,
      curve: curveOf(trial, content),
    },
  };
}

function curveOf(trial: DiscountTrial, content: ResponseContent): ResponsePoint[] {
  const model = responseModel(content);
  const { discounts } = content;
  const points = discounts.map((discount) => ({ discount, rows: 0, seen: 0, learned: 0, assumed: 0 }));
  const weights = new Float64Array(discounts.length);
  const count = trial.discount.length;
  trial.discount.forEach((discount, row) => {
    const at = discounts.indexOf(discount);
    const weight = trial.weight?.[row] ?? 1;
    points[at]!.rows++;
    points[at]!.seen += weight * trial.bought[row]!;
    weights[at]! += weight;
    model(rowOf(trial, row), discounts).forEach((p, level) => {
      points[level]!.learned += p / count;
    });
    assumedAt(trial, row, discounts).forEach((p, level) => {
      points[level]!.assumed += p / count;
    });
  });
  return points.map((point, at) => ({ ...point, seen: point.seen / Math.max(1e-9, weights[at]!) }));
}

const assumedAt = ({ columns }: DiscountTrial, row: number, discounts: readonly number[]): Float64Array =>
  assumedResponse(1 / (1 + Math.exp(-columns[0]![row]!)), discounts);

const rowOf = ({ columns }: DiscountTrial, row: number): Float64Array =>
  Float64Array.from(columns, (column) => column[row]!);

function takeRows(trial: DiscountTrial, rows: readonly number[]): DiscountTrial {
  return {
    names: trial.names,
    columns: trial.columns.map((column) => gatherRows(column, rows)),
    discount: gatherRows(trial.discount, rows),
    bought: gatherRows(trial.bought, rows),
    ...(trial.weight ? { weight: gatherRows(trial.weight, rows) } : {}),
  };
}
