import type { BenchOptions, BenchRow } from '../src/core/index.js';
import { beauty } from './zoo/beauty.js';
import { diginetica } from './zoo/diginetica.js';
import { retail } from './zoo/retail.js';

const sets = ['beauty', 'diginetica', 'online-retail'];

/**
 * The zoo against published figures. Options were chosen on held-out items of the training part; the test part is
 * touched once a seed. `ENDCAP_BENCH=beauty,sasrec,1 npm run bench -- models` runs only that set, family and seed.
 */
export async function run(options: BenchOptions): Promise<BenchRow[]> {
  const words = process.env.ENDCAP_BENCH?.split(',') ?? [];
  const chosenSets = words.filter((word) => sets.includes(word));
  const chosenSeeds = words.map(Number).filter((word) => Number.isInteger(word));
  const chosenFamilies = words.filter((word) => !sets.includes(word) && Number.isNaN(Number(word)));
  const asked = (set: string): boolean => chosenSets.length === 0 || chosenSets.includes(set);
  const wanted = (family: string): boolean => chosenFamilies.length === 0 || chosenFamilies.includes(family);
  const seeds = options.smoke ? [1] : chosenSeeds.length > 0 ? chosenSeeds : [1, 2, 3];
  const rows: BenchRow[] = [];
  if (asked('beauty')) rows.push(...(await beauty(options, wanted, seeds)));
  if (asked('diginetica')) rows.push(...(await diginetica(options, wanted, seeds)));
  if (asked('online-retail')) rows.push(...(await retail(options, seeds)));
  return rows;
}
