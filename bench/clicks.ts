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
  return measured('obd, both policies', p, came, clicks / learned);
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
