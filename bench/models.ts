import { asked } from './support/asked.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { beauty } from './zoo/beauty.js';
import { diginetica } from './zoo/diginetica.js';
import { retail } from './zoo/retail.js';

const sets = ['beauty', 'diginetica', 'online-retail'];

/**
 * The algorithms against published figures. Options were chosen on held-out items of the training part; the test part is
 * touched once a seed. `ENDCAP_BENCH=beauty,sasrec,1 npm run bench -- models` runs only that set, algorithm and seed.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const { names, seeds: chosenSeeds } = asked();
  const chosenSets = names.filter((name) => sets.includes(name));
  const chosenAlgorithms = names.filter((name) => !sets.includes(name));
  const within = (set: string): boolean => chosenSets.length === 0 || chosenSets.includes(set);
  const wanted = (algorithm: string): boolean =>
    chosenAlgorithms.length === 0 || chosenAlgorithms.includes(algorithm);
  const seeds = options.smoke ? [1] : chosenSeeds.length > 0 ? chosenSeeds : [1, 2, 3];
  const rows: BenchRow[] = [];
  if (within('beauty')) rows.push(...(await beauty(options, wanted, seeds)));
  if (within('diginetica')) rows.push(...(await diginetica(options, wanted, seeds)));
  if (within('online-retail')) rows.push(...(await retail(options, seeds)));
  return rows;
}
