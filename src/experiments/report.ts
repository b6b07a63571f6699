import type { ExperimentConfig, ExperimentsConfig, Metric, VariantConfig } from './config.js';
import type { Ledger } from './ledger.js';
import { type Lift, liftOf, type Sample } from './lift.js';
import { type RatioCheck, ratioCheck } from './ratio.js';

/** What a variant does otherwise than the shop. */
export type Changes = Omit<VariantConfig, 'name' | 'share'>;

export interface VariantReport {
  variant: string;
  /** Of those who take part. */
  share: number;
  changes: Changes;
  shoppers: number;
  /** Mean of the metric over the shoppers. */
  mean: number;
  /** Against the control; absent for the control itself. */
  lift?: Lift;
  /** Guard metrics in which it is worse than the control beyond chance: it is stopped. */
  harms: Metric[];
  /** A guard took it out: its shoppers see the control. */
  stopped: boolean;
}

export interface ExperimentReport {
  name: string;
  state: 'scheduled' | 'running' | 'ended';
  /** Days, the last one excluded. */
  from: string;
  to: string;
  /** Share of the shoppers outside the holdout that takes part. */
  traffic: number;
  metric: Metric;
  guards: Metric[];
  variants: VariantReport[];
  ratio: RatioCheck;
  /** Shoppers that saw two variants and count in none. */
  crossed: number;
}

/** The one function behind page, API and CLI. Intervals share the error of 5 % among the variants. */
export function reportOf(
  config: ExperimentsConfig,
  ledger: Ledger,
  now: number,
  stopped: ReadonlySet<string> = new Set(),
): ExperimentReport[] {
  return config.experiments.map((experiment) => {
    const { name, from, to, traffic, metric, guards = [], variants } = experiment;
    const reports = variants.map((variant, at) => ({
      ...variantReport(experiment, ledger, at),
      stopped: stopped.has(`${name}:${variant.name}`),
    }));
    return {
      name,
      state: stateOf(experiment, now),
      from,
      to,
      traffic,
      metric,
      guards,
      variants: reports,
      ratio: ratioCheck(
        reports.map(({ shoppers }) => shoppers),
        variants.map(({ share }) => share),
      ),
      crossed: ledger.crossed(name),
    };
  });
}

/** Variants that a guard takes out, as `experiment:variant`. */
export function harmful(reports: readonly ExperimentReport[]): string[] {
  return reports.flatMap(({ name, variants }) =>
    variants.filter(({ harms }) => harms.length > 0).map(({ variant }) => `${name}:${variant}`),
  );
}

function variantReport(
  experiment: ExperimentConfig,
  ledger: Ledger,
  at: number,
): Omit<VariantReport, 'stopped'> {
  const { name, metric, variants, guards = [] } = experiment;
  const { name: variant, share, ...changes } = variants[at]!;
  const own = ledger.sample(name, variant, metric);
  const mean = own.count > 0 ? own.sum / own.count : 0;
  const report = { variant, share, changes, shoppers: own.count, mean, harms: [] };
  if (at === 0) return report;
  const alpha = 0.05 / (variants.length - 1);
  const against = (of: Metric): Lift => liftOf(control(of), ledger.sample(name, variant, of), alpha);
  const control = (of: Metric): Sample => ledger.sample(name, variants[0]!.name, of);
  const harms = guards.filter((guard) => {
    const lift = liftOf(control(guard), ledger.sample(name, variant, guard), alpha / guards.length);
    return guard === 'refund' ? lift.low > 0 : lift.high < 0;
  });
  return { ...report, lift: against(metric), harms };
}

function stateOf({ from, to }: ExperimentConfig, now: number): ExperimentReport['state'] {
  if (now < Date.parse(from)) return 'scheduled';
  return now < Date.parse(to) ? 'running' : 'ended';
}

/** A mean or a lift, as page and command say it. */
export function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
