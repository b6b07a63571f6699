import type { BenchOptions, BenchRow } from '../src/core/index.js';
import type { SequenceOptions } from '../src/models/deep/network.js';
import { type Parts, sasrec, selfAttention } from '../src/models/deep/sasrec.js';
import { sequenceFamily } from '../src/models/deep/sequenceModel.js';
import { beauty } from './support/datasets.js';
import { report } from './support/families.js';
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
 * every shopper is held out, and the best epoch counts, as in early stopping. `ENDCAP_BENCH=whole,no gates` runs these.
 */
export async function run({ smoke, data: folder }: BenchOptions): Promise<BenchRow[]> {
  const task = beauty(folder);
  if (!task) return [];
  const wanted = process.env.ENDCAP_BENCH?.split(',');
  const data = `beauty, held-out last-but-one items${smoke ? ' (one epoch, width 16)' : ''}`;
  const short = smoke ? { epochs: 1, width: 16 } : {};
  const rows: BenchRow[] = [];
  for (const { name, parts, options } of smoke ? variants.slice(0, 1) : variants) {
    if (wanted && !wanted.includes(name)) continue;
    const family = sequenceFamily({
      ...sasrec,
      defaults: sasrec.defaults,
      encoder: (g, x, chosen) => selfAttention(g, x, chosen, { gates: true, distance: true, ...parts }),
    });
    const log = report(`${data}: ${name}`);
    let heldOut: readonly number[] = [];
    const started = performance.now();
    await family.fit(
      task.train,
      { ...sasrec.defaults, heldOut: 1e9, ...options, ...short, seed: 1 } as SequenceOptions & {
        seed: number;
      },
      (step) => {
        log(step);
        heldOut = step.curve?.heldOut ?? heldOut;
      },
    );
    const seconds = (performance.now() - started) / 1000;
    rows.push(summary(data, `${name} NDCG@10`, [Math.max(...heldOut)]));
    rows.push(summary(data, `${name} s/epoch`, [seconds / heldOut.length]));
  }
  return rows;
}
