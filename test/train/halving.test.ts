import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, type Progress } from '../../src/core/index.js';
import type { Recommender } from '../../src/models/index.js';
import {
  epochsRun,
  type Figures,
  halve,
  type Options,
  type TrainingEvent,
  type Trial,
} from '../../src/train/index.js';

interface Quality {
  quality: number;
}

const algorithm = (name: string, quality: number, defaults: Options = { epochs: 80, size: 1 }): Recommender =>
  Object.assign({ name, defaults, grid: { size: [1, 2] } }, { quality }) as never as Recommender;

const figures = (ndcg: number): Figures =>
  ({ metrics: { ndcg: { mean: ndcg, low: ndcg, high: ndcg } } }) as unknown as Figures;

const hour = 3_600_000;

function searchOf(algorithms: readonly Recommender[]) {
  const runs: string[] = [];
  const settled: string[] = [];
  const seen: TrainingEvent[] = [];
  const memory: { trials: readonly Trial[] } = { trials: [] };
  const search = {
    algorithms,
    seed: 1,
    efforts: [0.125, 0.5, 1],
    until: performance.now() + hour,
    known: [] as readonly Trial[],
    remember: async (trials: readonly Trial[]) => {
      memory.trials = trials;
    },
    settled: ({ algorithm: { name }, options }: { algorithm: Recommender; options: Options }) =>
      settled.push(`${name} ${options.size}`),
    watch: (happening: TrainingEvent) => seen.push(happening),
    run: async (
      { algorithm: { name, quality } }: { algorithm: Recommender & Partial<Quality> },
      options: Options,
    ) => {
      runs.push(`${name} ${options.size} ${options.epochs}`);
      return figures(quality! + 0.001 * Number(options.epochs ?? 0) + 0.01 * Number(options.size));
    },
  };
  return { search, runs, settled, seen, memory };
}

test('halving gives every algorithm a chance, the better half more, and remembers', async () => {
  const algorithms = [algorithm('good', 0.5), algorithm('fair', 0.3), algorithm('poor', 0.1)];
  const { search, runs, settled, memory } = searchOf(algorithms);
  const [best] = await halve(search);
  assert.deepEqual([best!.algorithm, best!.options, best!.effort], ['good', { epochs: 80, size: 2 }, 1]);
  assert.deepEqual(runs.slice(0, 3).sort(), ['fair 1 10', 'good 1 10', 'poor 1 10'], 'defaults first');
  assert.deepEqual(runs.slice(6), ['good 2 40', 'good 1 40', 'fair 2 40', 'good 2 80', 'good 1 80']);
  assert.deepEqual(settled.toSorted(), ['fair 1', 'fair 2', 'good 1', 'good 2', 'poor 1', 'poor 2']);
  runs.length = 0;
  assert.equal((await halve({ ...search, known: memory.trials }))[0]!.key, best!.key);
  assert.deepEqual(runs, [], 'nothing is measured twice');
});

test('places are contested at equal effort: what has no epochs is measured once and takes none', async () => {
  const algorithms = [algorithm('closed', 0.9, { size: 1 }), algorithm('good', 0.5), algorithm('poor', 0.1)];
  const { search, runs } = searchOf(algorithms);
  const trials = await halve(search);
  assert.equal(runs.filter((run) => run.startsWith('closed')).length, 2);
  assert.ok(
    runs.includes('good 2 80'),
    'it learns to the end beside an algorithm that is ahead from the start',
  );
  assert.equal(trials[0]!.algorithm, 'closed');
});

test('when the time is over one fit is still made; what was known of other algorithms stays out', async () => {
  const algorithms = [algorithm('good', 0.5), algorithm('fair', 0.3)];
  const { search, runs, memory } = searchOf(algorithms);
  const trials = await halve({ ...search, until: performance.now() });
  assert.deepEqual([runs, trials.map((trial) => trial.algorithm)], [['good 1 10'], ['good']]);
  const others = await halve({ ...search, algorithms: [algorithm('fair', 0.3)], known: memory.trials });
  assert.ok(others.every((trial) => trial.algorithm === 'fair'));
  assert.ok(
    memory.trials.some((trial) => trial.algorithm === 'good'),
    'but is not forgotten',
  );
});

/** A clock that goes on by what the fits say they took: a busy machine makes no difference to it. */
function spending() {
  const spent = { ms: 0 };
  return { spent, clock: () => spent.ms };
}

test('a budget holds: a long fit is told that it is enough, and one that does not hear is given up', async () => {
  const { search } = searchOf([algorithm('patient', 0.5), algorithm('deaf', 0.9), algorithm('late', 0.4)]);
  const { spent, clock } = spending();
  const run = async (
    { algorithm: { name } }: { algorithm: Recommender },
    _options: Options,
    progress: Progress,
  ) => {
    for (let step = 0; step < 10_000; step++) {
      progress({ phase: name, done: step, total: 10_000 });
      if (name !== 'deaf' && progress.enough!()) return figures(0.5);
      spent.ms += 5;
    }
    return figures(1);
  };
  const trials = await halve({ ...search, run, clock, until: 1_500 });
  assert.ok(spent.ms <= 1_505, `it took ${spent.ms} ms of 1,500 and a step`);
  const patient = trials.find((trial) => trial.algorithm === 'patient')!;
  assert.ok(patient.cut && patient.validation);
  const deaf = trials.find((trial) => trial.algorithm === 'deaf')!;
  assert.match(deaf.failed!, /did not end in time/);
});

test('the defaults of every algorithm share the time of the first rung; options of the grid wait for what is left', async () => {
  const { search } = searchOf([algorithm('first', 0.5), algorithm('second', 0.4)]);
  const { spent, clock } = spending();
  const took: number[] = [];
  const run = async (_: unknown, __: Options, progress: Progress) => {
    const from = spent.ms;
    while (!progress.enough!()) spent.ms += 1;
    took.push(spent.ms - from);
    return figures(0.5);
  };
  await halve({ ...search, efforts: [1], run, clock, until: 1_600 });
  // Three quarters of all the time for two; of what is left for the second, but of half of all the time at most, after
  // which a fit is given up.
  assert.deepEqual(took.slice(0, 2), [600, 600]);
});

test('a fit that the clock ended is made again when there is more time, not when there is less', async () => {
  const { search, memory } = searchOf([{ ...algorithm('slow', 0.5), grid: {} }]);
  const { spent, clock } = spending();
  let fits = 0;
  const run = async (_: unknown, __: Options, progress: Progress) => {
    fits++;
    while (!progress.enough!()) spent.ms += 5;
    return figures(0.5);
  };
  const once = { ...search, efforts: [1], run, clock };
  await halve({ ...once, until: spent.ms + 400 });
  await halve({ ...once, known: memory.trials, until: spent.ms + 100 });
  assert.equal(fits, 1);
  await halve({ ...once, known: memory.trials, until: spent.ms + 2_000 });
  assert.equal(fits, 2);
});

test('a configuration that cannot be trained is out; a fault of ours is not hidden', async () => {
  const { search, seen } = searchOf([algorithm('good', 0.5), algorithm('bad', 0.9)]);
  const failing = (error: Error) => async (config: { algorithm: Recommender }, options: Options) => {
    if (config.algorithm.name === 'bad') throw error;
    return search.run(config, options);
  };
  const diverged = new EndcapError('training_diverged', 'Training diverged at step 7');
  const trials = await halve({ ...search, run: failing(diverged) });
  assert.equal(trials[0]!.algorithm, 'good');
  const bad = trials.filter((trial) => trial.algorithm === 'bad');
  assert.ok(bad.length > 0 && bad.every(({ failed, effort }) => /step 7/.test(failed!) && effort === 0.125));
  assert.ok(seen.some((happening) => happening.kind === 'trial' && happening.trial.failed));
  await assert.rejects(halve({ ...search, run: failing(new RangeError('ours')) }), /ours/);
  const full = new EndcapError('disk_full', 'The disk is full');
  await assert.rejects(halve({ ...search, run: failing(full) }), /disk is full/);
});

test('the end of the search is estimated from the pace so far', async () => {
  const { search, seen } = searchOf([algorithm('good', 0.5), algorithm('fair', 0.3)]);
  await halve({ ...search, until: Number.POSITIVE_INFINITY });
  const running = seen.filter((happening) => happening.kind === 'running');
  assert.equal(running[0]!.left, undefined, 'unknown before anything was measured');
  assert.ok(running.slice(1).every(({ left }) => left! >= 0 && left! < 60));
  seen.length = 0;
  await halve({ ...search, clock: () => 1_000, until: 31_000 });
  const [first] = seen.filter((happening) => happening.kind === 'running');
  assert.equal(first!.left, 30, 'with a budget it is its end at the latest');
});

test('a fit of two epochs is not shown as one of sixty', () => {
  const trial = { options: { epochs: 60 }, epochs: 2 };
  assert.equal(epochsRun(trial), '(2 of 60 epochs)');
  assert.equal(epochsRun({ ...trial, epochs: 0 }), '(0 of 60 epochs)', 'the clock ended the first');
  assert.equal(epochsRun({ ...trial, epochs: 60 }), '');
  assert.equal(epochsRun({ options: {} }), '');
});

test('where the clock ended the best fit, options of what is behind it are not tried, its own are', async () => {
  const algorithms = [algorithm('good', 0.5, { size: 1 }), algorithm('cheap', 0.1, { size: 1 })];
  const runsUntil = async (cut: boolean): Promise<string[]> => {
    const { search, runs } = searchOf(algorithms);
    const { spent, clock } = spending();
    const run: typeof search.run = async (config, options) => {
      spent.ms += 1;
      return search.run(config, options);
    };
    const told = async (
      config: { algorithm: Recommender & Partial<Quality> },
      options: Options,
      progress: Progress,
    ) => {
      if (config.algorithm.name === 'good' && cut) while (!progress.enough!()) spent.ms += 1;
      return run(config, options);
    };
    await halve({ ...search, run: told, clock, until: 10_000 });
    return runs;
  };
  const tried = (runs: string[]): string[] => runs.map((each) => each.slice(0, -' undefined'.length)).sort();
  assert.deepEqual(tried(await runsUntil(true)), ['cheap 1', 'good 1', 'good 2']);
  assert.deepEqual(tried(await runsUntil(false)), ['cheap 1', 'cheap 2', 'good 1', 'good 2']);
});

test('a fit that can go on later may take all the time of the search; one that begins anew leaves time for two more', async () => {
  const tookOf = async (goesOn: boolean): Promise<number> => {
    const lasting = {
      ...algorithm('lasting', 0.5, { size: 1 }),
      grid: {},
      ...(goesOn ? { goesOn: true } : {}),
    };
    const { search } = searchOf([
      { ...algorithm('quick', 0.1, { size: 1 }), grid: {} },
      lasting as Recommender,
    ]);
    const { spent, clock } = spending();
    const run = async (
      { algorithm: { name } }: { algorithm: Recommender },
      _: unknown,
      progress: Progress,
    ) => {
      const from = spent.ms;
      if (name === 'lasting') while (!progress.enough!()) spent.ms += 1;
      took = spent.ms - from;
      return figures(0.5);
    };
    let took = 0;
    await halve({ ...search, run, clock, until: 1_000 });
    return took;
  };
  assert.deepEqual([await tookOf(true), await tookOf(false)], [750, 375]);
});
