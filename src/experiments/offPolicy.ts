import { random } from '../core/index.js';

/** What was logged, and what the policy under question would do with it; one entry per decision. */
export interface LoggedDecisions {
  reward: Float64Array;
  /** Chance with which the logging policy did what it did (> 0). */
  logged: Float64Array;
  /** Chance with which the policy under question would have. */
  target: Float64Array;
  /** Predicted reward of what was done. */
  predicted: Float64Array;
  /** Predicted reward of what the policy would do: Σ over actions of its chance × prediction. */
  value: Float64Array;
}

export const estimators = ['ips', 'snips', 'dm', 'dr'] as const;
export type Estimator = (typeof estimators)[number];
export interface Estimate {
  value: number;
  low: number;
  high: number;
}

/**
 * Value of a policy from the log of another: inverse propensities (IPS), self-normalised (SNIPS), direct method (DM) and
 * doubly robust (DR, Dudík, Langford & Li 2011), each with a bootstrap interval of 95 % over decisions.
 */
export function offPolicy(log: LoggedDecisions, seed: number, samples = 1_000): Record<Estimator, Estimate> {
  const count = log.reward.length;
  const terms = termsOf(log);
  const rng = random(seed);
  const all = valuesOf(terms, (at) => at, count);
  const boot = estimators.map(() => new Float64Array(samples));
  const pick = new Uint32Array(count);
  for (let sample = 0; sample < samples; sample++) {
    for (let at = 0; at < count; at++) pick[at] = rng.int(count);
    const drawn = valuesOf(terms, (at) => pick[at]!, count);
    estimators.forEach((name, which) => {
      boot[which]![sample] = drawn[name];
    });
  }
  const interval = (which: number): { low: number; high: number } => {
    const sorted = boot[which]!.sort();
    return { low: sorted[Math.floor(0.025 * samples)]!, high: sorted[Math.ceil(0.975 * samples) - 1]! };
  };
  return Object.fromEntries(
    estimators.map((name, which) => [name, { value: all[name], ...interval(which) }]),
  ) as Record<Estimator, Estimate>;
}

interface Terms {
  weight: Float64Array;
  weighted: Float64Array;
  value: Float64Array;
  correction: Float64Array;
}

function termsOf({ reward, logged, target, predicted, value }: LoggedDecisions): Terms {
  const weight = reward.map((_, at) => target[at]! / logged[at]!);
  return {
    weight,
    weighted: weight.map((each, at) => each * reward[at]!),
    value,
    correction: weight.map((each, at) => each * (reward[at]! - predicted[at]!)),
  };
}

function valuesOf(terms: Terms, at: (draw: number) => number, count: number): Record<Estimator, number> {
  let weight = 0;
  let weighted = 0;
  let value = 0;
  let correction = 0;
  for (let draw = 0; draw < count; draw++) {
    const row = at(draw);
    weight += terms.weight[row]!;
    weighted += terms.weighted[row]!;
    value += terms.value[row]!;
    correction += terms.correction[row]!;
  }
  return {
    ips: weighted / count,
    snips: weight > 0 ? weighted / weight : 0,
    dm: value / count,
    dr: (value + correction) / count,
  };
}
