import { type Language, said } from '../../report/index.js';
import type { Assignment } from '../offers/assignments.js';
import { responseFeatureNames } from '../offers/assignments.js';
import { wordsIn } from '../words.js';
import type { Trialled, UpliftReport } from './select.js';

/** What was found, as one sentence: the same on the page, in a terminal and over HTTP. */
export function upliftSaid(
  { chosen, learners, overResponse }: UpliftReport,
  language: Language = 'en',
): string {
  const words = wordsIn[language];
  if (chosen === 'none') return words.noUplift;
  const { qini } = learners.find(({ name }) => name === chosen)!;
  const better = overResponse!.low > 0 ? words.more : words.notProvenMore;
  return said(words.tells, chosen, interval(qini), better);
}

/** What the treatment brought over all who had it, as one sentence. */
export function incrementSaid(
  { effect, rows, treatedShare }: UpliftReport,
  language: Language = 'en',
): string {
  const words = wordsIn[language];
  const treated = Math.round(rows * treatedShare);
  const total = { mean: treated * effect.mean, low: treated * effect.low, high: treated * effect.high };
  const proven = effect.low > 0 || effect.high < 0;
  const text = proven ? words.increment : words.incrementNotProven;
  return said(text, String(treated), interval(total, 1), interval(effect));
}

export function interval({ mean, low, high }: UpliftReport['effect'], digits = 4): string {
  return `${mean.toFixed(digits)} [${low.toFixed(digits)}, ${high.toFixed(digits)}]`;
}

/** An offer's holdout against whom it was offered to, each shopper once: an experiment by columns. */
export function trialOf(assignments: readonly Assignment[], holdout: number): Trialled {
  const firsts = [...new Map(assignments.toReversed().map((one) => [one.user, one])).values()];
  return {
    names: responseFeatureNames,
    columns: responseFeatureNames.map((_, f) => Float64Array.from(firsts, ({ features }) => features[f]!)),
    treatment: Float64Array.from(firsts, ({ held }) => (held ? 0 : 1)),
    outcome: Float64Array.from(firsts, ({ bought }) => (bought ? 1 : 0)),
    propensity: 1 - holdout,
  };
}
