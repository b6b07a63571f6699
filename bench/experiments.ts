import { type Random, random } from '../src/core/index.js';
import { estimators, liftOf, offPolicy, type Sample } from '../src/experiments/index.js';
import { openBandit } from './support/openBandit.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const looks = 100;
const perLook = 200;

/** Whether experiments tell the truth: false alarms and power under constant watching, and off-policy values of obd. */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  return [...watching(smoke ? 100 : 2_000), ...offPolicyRows(data)];
}

function watching(runs: number): BenchRow[] {
  const rng = random(11);
  const name = `simulated, ${runs} runs, 100 looks, 20,000 a side`;
  const alike = Array.from({ length: runs }, () => watched(0.05, 0.05, rng));
  const better = Array.from({ length: runs }, () => watched(0.05, 0.06, rng));
  const share = (found: readonly Watched[], by: keyof Watched): number =>
    found.filter((each) => each[by] !== undefined).length / found.length;
  const when = better.map(({ sequence }) => sequence ?? Number.POSITIVE_INFINITY).sort((a, b) => a - b);
  return [
    {
      data: name,
      metric: 'A/A false alarms, always valid',
      value: share(alike, 'sequence'),
      reference: 0.05,
    },
    { data: name, metric: 'A/A false alarms, fixed 95 % test', value: share(alike, 'fixed') },
    { data: name, metric: 'power .05 → .06, always valid', value: share(better, 'sequence'), reference: 0.9 },
    { data: name, metric: 'median shoppers a side to be sure', value: when[Math.floor(runs / 2)]! },
  ];
}

/** Shoppers a side when an interval first excluded 0. */
interface Watched {
  sequence: number | undefined;
  fixed: number | undefined;
}

function watched(a: number, b: number, rng: Random): Watched {
  const control: Sample = { count: 0, sum: 0, squares: 0 };
  const variant: Sample = { count: 0, sum: 0, squares: 0 };
  const found: Watched = { sequence: undefined, fixed: undefined };
  for (let look = 0; look < looks; look++) {
    grow(control, a, rng);
    grow(variant, b, rng);
    const { estimate, sure } = liftOf(control, variant);
    if (sure) found.sequence ??= control.count;
    const deviation = Math.sqrt((spread(control) + spread(variant)) / control.count);
    if (Math.abs(estimate) > 1.96 * deviation) found.fixed ??= control.count;
  }
  return found;
}

function grow(sample: Sample, rate: number, rng: Random): void {
  let bought = 0;
  for (let at = 0; at < perLook; at++) if (rng.float() < rate) bought++;
  sample.count += perLook;
  sample.sum += bought;
  sample.squares += bought;
}

function spread({ sum, count }: Sample): number {
  return (sum / count) * (1 - sum / count);
}

function offPolicyRows(data: string): BenchRow[] {
  return (['men', 'women'] as const).flatMap((campaign): BenchRow[] => {
    const task = openBandit(data, campaign);
    if (!task) return [];
    const { log, truth, clicks } = task;
    const name = `obd ${campaign}, random → Thompson, ${clicks} clicks`;
    const naive = clicks / log.reward.length;
    const found = offPolicy(log, 1);
    return [
      { data: name, metric: 'click rate on policy', value: truth },
      { data: name, metric: 'naive, relative error', value: Math.abs(naive / truth - 1) },
      ...estimators.flatMap((estimator): BenchRow[] => {
        const { value, low, high } = found[estimator];
        const interval = `${low.toFixed(5)} – ${high.toFixed(5)}`;
        return [
          { data: name, metric: `${estimator}, relative error`, value: Math.abs(value / truth - 1) },
          {
            data: name,
            metric: `${estimator}, interval covers`,
            value: low <= truth && truth <= high ? 1 : 0,
            source: interval,
          },
        ];
      }),
    ];
  });
}
