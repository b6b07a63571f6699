import { LogBilinear, type LogBilinearOptions, logBilinearDefaults } from '../src/models/online/index.js';
import { appendedRows } from './support/appendedRows.js';
import { asked } from './support/asked.js';
import { home, type Source } from './support/homeSystem.js';
import { counts, embeddings, retrained, trainEmbeddings } from './support/onlineSystems.js';
import { type Figures, measure, type System, walk } from './support/prequential.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { type Stream, type StreamName, stream } from './support/streams.js';

interface Plan {
  /** What `ENDCAP_BENCH` calls it. */
  key: string;
  name: StreamName;
  /** The last so many events. */
  limit: number;
  /** One in so many is ranked. */
  every: number;
  epochs: number;
  /** Beside retraining at the stream's period; where that takes hours it is left out. */
  retrain: boolean;
  /** Beside `home` and the counts, which look at every item for each source. */
  home: boolean;
}

const plans: readonly Plan[] = [
  { key: 'rsc15', name: 'rsc15', limit: 1e9, every: 3, epochs: 5, retrain: true, home: true },
  {
    key: 'online-retail',
    name: 'online-retail',
    limit: 1e9,
    every: 40,
    epochs: 3,
    retrain: true,
    home: true,
  },
  { key: 'ader', name: 'ader', limit: 300_000, every: 40, epochs: 3, retrain: false, home: false },
  { key: 'globo', name: 'globo', limit: 300_000, every: 20, epochs: 2, retrain: true, home: true },
  { key: 'globo-600k', name: 'globo', limit: 600_000, every: 60, epochs: 2, retrain: false, home: false },
];

/** Steps of the stream that are tried on the second third. */
const steps = [
  { learningRate: 0.05, squareDecay: 0.999 },
  { learningRate: 0.1, squareDecay: 0.99 },
];
const hourMs = 3_600_000;

/**
 * Predict, then learn: everything is trained on the first two thirds of a stream and asked for the next item of the
 * session in the last third, among all items seen so far. What the stream's steps are was chosen on the second third by a
 * model of the first. `ENDCAP_BENCH=rsc15,1,2,3`: one stream, these seeds; with `embeddings` or `appended` that part
 * alone.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const { names: words, seeds } = asked();
  const part = words.find((word) => word === 'appended' || word === 'embeddings');
  const names = words.filter((word) => word !== part);
  const rows: BenchRow[] = [];
  for (const plan of plans) {
    if (names.length > 0 && !names.includes(plan.key)) continue;
    if (smoke && plan.key !== 'rsc15') continue;
    const limit = smoke ? 6_000 : plan.limit;
    const events = await stream(plan.name, data, limit);
    if (!events) continue;
    const own = smoke ? { ...plan, limit, epochs: 1, every: 10 } : plan;
    if (part !== 'appended')
      rows.push(...(await onStream(events, own, smoke ? [1] : seeds.length > 0 ? seeds : [1, 2, 3])));
    if (plan.home && part !== 'embeddings')
      rows.push(...(await appendedRows(events, { every: own.every, smoke })));
  }
  return rows;
}

async function onStream(events: Stream, plan: Plan, seeds: readonly number[]): Promise<BenchRow[]> {
  const size = events.item.length;
  const step = await chooseStep(events, plan);
  const found: Found[] = [];
  for (const seed of seeds)
    found.push(await oneSeed(events, plan, step, seed, plan.retrain && seed === seeds[0]));
  const share = `last third of ${size.toLocaleString('en')} events`;
  const data = `${events.name}, ${share}`;
  const source = `lr ${step.learningRate}, decay ${step.squareDecay} chosen on the second third`;
  const names = [...new Set(found.flatMap(({ values }) => [...values.keys()]))];
  return names.flatMap((metric): BenchRow[] => {
    const values = found.flatMap((one) => one.values.get(metric) ?? []);
    const windows = found[0]!.windows.get(metric);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    const spread =
      values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1);
    const row = { data, metric, value: mean, sd: Math.sqrt(spread), seeds: values.length, source };
    return [windows ? { ...row, windows } : row];
  });
}

/** The step with the better recall over the second third, for a model of the first. */
async function chooseStep(events: Stream, { epochs, every }: Plan): Promise<(typeof steps)[number]> {
  const third = Math.floor(events.item.length / 3);
  const trained = trainEmbeddings(events, logBilinearDefaults, { to: third, epochs, seed: 1 }).pack();
  const systems = steps.map((step, at) => {
    const model = LogBilinear.restore({ ...trained, options: { ...trained.options, ...step } });
    return embeddings(`${at}`, model, true);
  });
  const figures = await measure(events, { from: third, to: 2 * third, every }, systems);
  const recall = steps.map((_, at) => figures.get(`${at}`)!.recall);
  return steps[recall.indexOf(Math.max(...recall))]!;
}

async function oneSeed(
  events: Stream,
  plan: Plan,
  step: Partial<LogBilinearOptions>,
  seed: number,
  whole: boolean,
): Promise<Found> {
  const size = events.item.length;
  const from = Math.floor((2 * size) / 3);
  const started = cpuMs();
  const trained = trainEmbeddings(events, logBilinearDefaults, {
    to: from,
    epochs: plan.epochs,
    seed,
  }).pack();
  const trainingMs = cpuMs() - started;
  const learner = (): LogBilinear =>
    LogBilinear.restore({ ...trained, options: { ...trained.options, ...step } });
  const frozen = {
    ...embeddings('embeddings frozen', LogBilinear.restore(trained), false),
    logarithmic: true,
  };
  const online = { ...embeddings('embeddings online', learner(), true), logarithmic: true };
  const halfLives = [Number.POSITIVE_INFINITY, 24 * hourMs, 3 * hourMs];
  const live = plan.home ? halfLives.map((halfLifeMs) => liveCounts(events, halfLifeMs, from)) : [];
  const systems: System[] = [frozen, online, ...live];
  // What asks others comes before them: it is asked, and learns, before they know.
  if (plan.home)
    systems.unshift(
      home('home as it was (ranks, frozen)', [frozen, live[0]!], 'ranks'),
      home('home, model frozen', [frozen, ...live], 'learned'),
      home('home, model online', [online, ...live], 'learned'),
    );
  const retraining = whole
    ? retrained(
        `embeddings retrained ${events.retrainName}`,
        events,
        { from, epochs: plan.epochs, seed, options: logBilinearDefaults },
        cpuMs,
      )
    : undefined;
  if (retraining) {
    const still = liveCounts(events, Number.POSITIVE_INFINITY, from);
    still.name = 'counts frozen';
    still.frozen = true;
    systems.push(retraining, still);
  }
  const figures = await measure(events, { from, to: size, every: plan.every }, systems);
  const found: Found = { values: new Map(), windows: new Map() };
  const out = found.values;
  for (const { name } of systems) enter(found, name, figures.get(name)!);
  const learningMs = onlineCost(events, learner(), from);
  out.set('learner step, µs processor', (1000 * learningMs) / (size - from));
  out.set('training once, s processor', trainingMs / 1000);
  if (retraining) {
    out.set(`retraining ${events.retrainName}, s processor`, retraining.processorMs() / 1000);
    out.set('online, share of the retraining', learningMs / retraining.processorMs());
  }
  return found;
}

interface Found {
  /** By metric. */
  values: Map<string, number>;
  windows: Map<string, readonly number[]>;
}

function enter({ values: out, windows }: Found, name: string, figures: Figures): void {
  windows.set(`${name}, R@20`, figures.windows);
  out.set(`${name}, R@20`, figures.recall);
  out.set(`${name}, MRR@20`, figures.mrr);
  if (figures.cold > 100) out.set(`${name}, R@20 of items younger than a day`, figures.coldRecall);
  out.set(`${name}, R@20 first quarter`, meanOf(figures.windows.slice(0, 4)));
  out.set(`${name}, R@20 last quarter`, meanOf(figures.windows.slice(12)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Item–item counts that know the stream up to `from`. */
function liveCounts(events: Stream, halfLifeMs: number, from: number): Source & { frozen: boolean } {
  const name =
    halfLifeMs === Number.POSITIVE_INFINITY ? 'counts' : `counts, ${halfLifeMs / hourMs} h half-life`;
  const system = Object.assign(counts(name, halfLifeMs, 0.8), { logarithmic: false });
  walk(events, 0, from, (rows, target, now) => system.learn(rows, target, now));
  return system;
}

/** Processor time of learning the measured part alone, ms. */
function onlineCost(events: Stream, model: LogBilinear, from: number): number {
  const started = cpuMs();
  walk(events, from, events.item.length, (rows, target) => void model.learn(rows, target));
  return cpuMs() - started;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
