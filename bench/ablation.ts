import type { SequenceOptions } from '../src/models/deep/network.js';
import { type Parts, sasrec, selfAttention } from '../src/models/deep/sasrec.js';
import { sequenceAlgorithm } from '../src/models/deep/sequenceModel.js';
import { report } from './support/algorithms.js';
import { asked } from './support/asked.js';
import { beauty } from './support/datasets.js';
import type { BenchOptions, BenchRow } from './support/row.js';
import { summary } from './support/rows.js';

interface Variant {
  name: string;
  parts?: Partial<Parts>;
  options?: Partial<SequenceOptions>;
}

const variants: readonly Variant[] = [
  { name: 'whole' },
  { name: 'no filter', options: { filter: 0 } },
  { name: 'no distance bias', parts: { distance: false } },
  { name: 'no gates', parts: { gates: false } },
  { name: 'no weight average', options: { average: 0 } },
];

/**
 * What each part of `sasrec` earns: all but one of them, on Amazon Beauty. Validation only: the last-but-one item of
 * every shopper is held out, and the best epoch counts, as in early stopping. `ENDCAP_BENCH=whole,no gates,1,2` runs these, with
 * these seeds.
 */
export async function run({ smoke, data: folder }: BenchOptions): Promise<BenchRow[]> {
  const task = beauty(folder);
  if (!task) return [];
  const { names: wanted, seeds: chosenSeeds } = asked();
  const seeds = chosenSeeds.length > 0 ? chosenSeeds : [1];
  const data = `beauty, held-out last-but-one items${smoke ? ' (one epoch, width 16)' : ''}`;
  const short = smoke ? { epochs: 1, width: 16 } : {};
  const rows: BenchRow[] = [];
  for (const { name, parts, options } of smoke ? variants.slice(0, 1) : variants) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    const algorithm = sequenceAlgorithm({
      ...sasrec,
      defaults: sasrec.defaults as SequenceOptions,
      encoder: (g, x, chosen) => selfAttention(g, x, chosen, { gates: true, distance: true, ...parts }),
    });
    const best: number[] = [];
    const pace: number[] = [];
    for (const seed of seeds) {
      const log = report(`${data}: ${name}, seed ${seed}`);
      let heldOut: readonly number[] = [];
      const started = performance.now();
      const chosen = { ...sasrec.defaults, heldOut: 1e9, ...options, ...short, seed };
      await algorithm.fit(task.train, chosen as SequenceOptions & { seed: number }, (step) => {
        log(step);
        heldOut = step.curve?.heldOut ?? heldOut;
      });
      best.push(Math.max(...heldOut));
      pace.push((performance.now() - started) / 1000 / heldOut.length);
    }
    rows.push(summary(data, `${name} NDCG@10`, best), summary(data, `${name} s/epoch`, pace));
  }
  return rows;
}
