import { join } from 'node:path';
import { random } from '../src/core/index.js';
import { ClickRates } from '../src/marketing/index.js';
import { bootstrap, calibrationError, rocAuc } from '../src/math/index.js';
import { lines } from './support/datasets.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const effects = [1, 0.65, 0.45, 0.3, 0.2];

/**
 * Click rates without the effect of the place: on simulated logs whose truth is known, and on the Open Bandit Data set
 * (both policies, places known), the first 70 % of each file learned, the rest measured once.
 */
export async function run({ smoke, data }: BenchOptions): Promise<BenchRow[]> {
  const rows = simulated(smoke ? 20_000 : 100_000);
  const files = ['random.men', 'random.women', 'bts.men', 'bts.women'];
  const read = files.map((file) => lines(join(data, 'obd'), `${file}.csv.gz`));
  if (read.some((file) => file === undefined)) return rows;
  return [...rows, ...bandit(files, read as string[][])];
}

function simulated(count: number): BenchRow[] {
  const chance = random(1);
  const items = 200;
  const truth = new Float64Array(items).map(() => 0.02 + 0.1 * chance.float() ** 2);
  const rates = new ClickRates();
  const rank = [...truth.keys()].sort((a, b) => truth[b]! - truth[a]!);
  const show = (): [number, number, boolean] => {
    const order = chance.int(items);
    // A ranker: better items stand higher, with some chance.
    const place = Math.min(4, Math.floor(5 * (0.6 * (order / items) + 0.4 * chance.float())));
    const item = rank[order]!;
    return [item, place, chance.float() < truth[item]! * effects[place]!];
  };
  for (let at = 0; at < count; at++) {
    const [item, place, clicked] = show();
    rates.count('s', `i${item}`, place, clicked);
  }
  rates.refit();
  const found = rates.positionEffects('s');
  const worst = Math.max(...effects.map((effect, place) => Math.abs(found[place]! / effect - 1)));
  const test = Array.from({ length: 50_000 }, show);
  const p = test.map(([item, place]) => rates.rate('s', `i${item}`, place));
  const came = test.map(([, , clicked]) => (clicked ? 1 : 0));
  return [
    {
      data: 'simulated ranker, 5 places',
      metric: 'largest error of a place’s effect, %',
      value: 100 * worst,
      reference: 10,
      source: 'issue 18',
    },
    ...measured('simulated ranker, 5 places', p, came, mean(came)),
  ];
}

function bandit(files: readonly string[], read: readonly string[][]): BenchRow[] {
  const rates = new ClickRates();
  const p: number[] = [];
  const came: number[] = [];
  let [clicks, learned] = [0, 0];
  const parts = read.map((file, at) => {
    const rows = file.slice(1).map((line) => line.split(','));
    const slot = files[at]!.split('.')[1]!;
    const border = Math.floor(0.7 * rows.length);
    return { slot, early: rows.slice(0, border), late: rows.slice(border) };
  });
  for (const { slot, early } of parts)
    for (const row of early) {
      rates.count(slot, row[2]!, Number(row[3]) - 1, row[4] === '1');
      clicks += row[4] === '1' ? 1 : 0;
      learned++;
    }
  rates.refit();
  for (const { slot, late } of parts)
    for (const row of late) {
      p.push(rates.rate(slot, row[2]!, Number(row[3]) - 1));
      came.push(row[4] === '1' ? 1 : 0);
    }
  const shown = parts.map(({ slot, early, late }) => ({
    early: early.map((row) => `${slot} ${row[2]}`),
    came: early.map((row) => row[4] === '1'),
    late: late.map((row) => `${slot} ${row[2]}`),
  }));
  const name = 'obd, both policies';
  return [...measured(name, p, came, clicks / learned), ...knownTruth(name, shown, clicks / learned)];
}

interface Shown {
  /** What was shown in the part that is learned, whether it was clicked, and what is shown in the test part. */
  early: readonly string[];
  came: readonly boolean[];
  late: readonly string[];
}

/**
 * What the test part could show at all: items are given true rates that lie as far apart as the learned part says of its
 * own (method of moments, log-normal), clicks are drawn, and who knows the rates exactly is measured as we are.
 */
function knownTruth(name: string, parts: readonly Shown[], base: number): BenchRow[] {
  const cells = new Map<string, { shown: number; clicked: number }>();
  for (const { early, came } of parts)
    for (const [at, item] of early.entries()) {
      const cell = cells.get(item) ?? { shown: 0, clicked: 0 };
      cells.set(item, { shown: cell.shown + 1, clicked: cell.clicked + (came[at] ? 1 : 0) });
    }
  let [beyondChance, squares] = [0, 0];
  for (const { shown, clicked } of cells.values()) {
    beyondChance += (clicked - shown * base) ** 2 - shown * base * (1 - base);
    squares += (shown * base) ** 2;
  }
  const variation = Math.sqrt(Math.max(0, beyondChance / squares));
  const sigma = Math.sqrt(Math.log(1 + variation ** 2));
  const chance = random(1);
  const late = parts.flatMap((part) => part.late);
  const draws = 300;
  let above = 0;
  for (let draw = 0; draw < draws; draw++) {
    const rates = new Map(
      [...cells.keys()].map((item) => [item, base * Math.exp(sigma * chance.normal() - sigma ** 2 / 2)]),
    );
    let [sum, sumOfSquares] = [0, 0];
    for (const item of late) {
      const rate = rates.get(item) ?? base;
      const gain = chance.float() < rate ? Math.log(rate / base) : Math.log((1 - rate) / (1 - base));
      sum += gain;
      sumOfSquares += gain ** 2;
    }
    const average = sum / late.length;
    const error = Math.sqrt((sumOfSquares / late.length - average ** 2) / late.length);
    if (average - 1.96 * error > 0) above++;
  }
  return [
    { data: name, metric: 'spread of items’ rates in the learned part, of their mean', value: variation },
    {
      data: name,
      metric:
        'share of simulated test parts in which who knows the true rates is above the base rate by the interval',
      value: above / draws,
    },
  ];
}

function measured(name: string, p: readonly number[], came: readonly number[], base: number): BenchRow[] {
  const loss = (said: number, outcome: number): number => -(outcome ? Math.log(said) : Math.log(1 - said));
  const gain = Float64Array.from(
    p,
    (said, at) => loss(base, came[at]!) - loss(Math.max(1e-9, said), came[at]!),
  );
  const { mean: difference, low, high } = bootstrap(gain, 1);
  const row = (metric: string, value: number): BenchRow => ({ data: name, metric, value });
  return [
    row('clicks in the test part', came.filter(Boolean).length),
    row('log loss', mean(p.map((said, at) => loss(said, came[at]!)))),
    row('log loss below the base rate’s by', difference),
    row('  95 % interval from', low),
    row('  to', high),
    row('ROC-AUC', rocAuc(p, came)),
    row('ECE', calibrationError(p, came)),
  ];
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
