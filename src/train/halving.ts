import { createHash } from 'node:crypto';
import type { Progress } from '../core/index.js';
import type { Interval } from '../math/index.js';
import type { Recommender } from '../models/index.js';

export type Options = Record<string, number | string | boolean>;

/** Loss and held-out quality by epoch, of families that learn in epochs. */
export interface Curve {
  loss: number[];
  heldOut: number[];
}

/** One fit and what it was worth on validation. */
export interface Trial {
  /** Family, options and effort in one: the key under which it is remembered. */
  key: string;
  family: string;
  options: Options;
  /** Share of the full number of epochs; 1 for families without epochs. */
  effort: number;
  ndcg: Interval;
  seconds: number;
  curve: Curve;
}

export interface Search {
  families: readonly Recommender[];
  seed: number;
  /** Fits with `options` and measures on validation. */
  run: (family: Recommender, options: Options, progress: Progress) => Promise<Interval>;
  /** Share of the epochs spent in each rung, rising to 1. */
  efforts: readonly number[];
  /** Time to search, s; the first rung is always finished for every family's defaults. */
  budget: number;
  /** What an earlier, killed search already measured, and where to remember. */
  known: readonly Trial[];
  remember: (trials: readonly Trial[]) => Promise<void>;
  progress: Progress;
}

/** Share of the epochs spent in each rung; after a rung the better half goes on. */
export const halvingEfforts = [0.125, 0.5, 1];

/**
 * Successive halving (Jamieson & Talwalkar 2016): every configuration gets a little training, the better half gets
 * more, until few are trained in full. All by validation. Best first; what was measured with more effort counts over
 * what the same configuration got with less.
 */
export async function halve(search: Search): Promise<Trial[]> {
  const started = performance.now();
  const late = (): boolean => performance.now() - started > 1000 * search.budget;
  const done = new Map(search.known.map((trial) => [trial.key, trial]));
  let running = search.families.flatMap((family) => gridOf(family).map((options) => ({ family, options })));
  // Defaults first: if time runs out early, every family has been tried.
  running.sort((a, b) => Number(isDefault(b)) - Number(isDefault(a)));
  const { efforts } = search;
  for (const [rung, effort] of efforts.entries()) {
    const measured: { config: Config; trial: Trial }[] = [];
    for (const [at, config] of running.entries()) {
      if (late() && !(rung === 0 && isDefault(config))) break;
      const trial = await measure(config, effort, search, done, (note) => {
        const left = Math.max(0, search.budget - (performance.now() - started) / 1000);
        const best = bestOf([...done.values()]);
        const lead = best ? `; best so far ${best.family} ${best.ndcg.mean.toFixed(4)}` : '';
        const phase = `rung ${rung + 1} of ${efforts.length}`;
        search.progress({
          phase,
          done: at,
          total: running.length,
          note: `${note}${lead}; ${left.toFixed(0)} s left`,
        });
      });
      measured.push({ config, trial });
    }
    measured.sort((a, b) => b.trial.ndcg.mean - a.trial.ndcg.mean);
    running = measured.slice(0, Math.ceil(measured.length / 2)).map(({ config }) => config);
  }
  return [...done.values()].sort((a, b) => b.ndcg.mean - a.ndcg.mean);
}

interface Config {
  family: Recommender;
  options: Options;
}

async function measure(
  { family, options }: Config,
  effort: number,
  search: Search,
  done: Map<string, Trial>,
  say: (note: string) => void,
): Promise<Trial> {
  const epochs = options.epochs;
  const spent = typeof epochs === 'number' ? effort : 1;
  const used =
    typeof epochs === 'number' ? { ...options, epochs: Math.max(1, Math.round(effort * epochs)) } : options;
  const text = JSON.stringify([family.name, used, search.seed]);
  const key = createHash('sha256').update(text).digest('hex').slice(0, 16);
  const known = done.get(key);
  if (known) return known;
  const started = performance.now();
  let curve: Curve = { loss: [], heldOut: [] };
  say(family.name);
  const ndcg = await search.run(family, used, (step) => {
    if (step.curve) curve = { loss: [...step.curve.loss], heldOut: [...step.curve.heldOut] };
    say(`${family.name} ${step.note ?? ''}`);
  });
  const seconds = (performance.now() - started) / 1000;
  const trial: Trial = { key, family: family.name, options: used, effort: spent, ndcg, seconds, curve };
  done.set(key, trial);
  await search.remember([...done.values()]);
  return trial;
}

function bestOf(trials: readonly Trial[]): Trial | undefined {
  return trials.reduce<Trial | undefined>(
    (best, trial) => (best && best.ndcg.mean >= trial.ndcg.mean ? best : trial),
    undefined,
  );
}

function isDefault({ family, options }: Config): boolean {
  return Object.entries(family.defaults).every(([name, value]) => options[name] === value);
}

/** Every combination of the values in the grid, over the defaults, which come along. */
export function gridOf({ defaults, grid = {} }: Recommender): Options[] {
  const all = Object.entries(grid).reduce<Options[]>(
    (some, [name, values]) =>
      some.flatMap((options) => (values ?? []).map((value) => ({ ...options, [name]: value }))),
    [defaults],
  );
  const known = new Set(all.map((options) => JSON.stringify(options)));
  return known.has(JSON.stringify(defaults)) ? all : [defaults, ...all];
}
