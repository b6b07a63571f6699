import type { Random } from '../core/index.js';

/** One shopper's events in columns: item rows, ms, and ratings (NaN where there is none). */
export interface Events {
  item: ArrayLike<number>;
  time: ArrayLike<number>;
  rating: ArrayLike<number>;
}

/** What one shopper teaches: items with targets and times, and the items touched. */
export interface Examples {
  rows: number[];
  targets: number[];
  times: number[];
  touched: number[];
}

/** For 'mse' what was rated; for cross-entropy what was touched (1) and `negatives` random others for each (0). */
export function examplesOf(
  { item, time, rating }: Events,
  { loss, negatives }: { loss: string; negatives: number },
  size: number,
  next: Random,
): Examples {
  const touched = Array.from(new Set(Array.from(item)));
  const examples: Examples = { rows: [], targets: [], times: [], touched };
  for (let at = 0; at < item.length; at++) {
    if (loss !== 'mse') add(examples, item[at]!, 1, time[at]!);
    else if (!Number.isNaN(rating[at])) add(examples, item[at]!, rating[at]!, time[at]!);
  }
  if (loss === 'mse' || touched.length >= size) return examples;
  const seen = new Set(touched);
  for (let draw = 0; draw < item.length * negatives; draw++) {
    const row = next.int(size);
    if (!seen.has(row)) add(examples, row, 0, time[draw % item.length]!);
  }
  return examples;
}

function add(examples: Examples, row: number, target: number, time: number): void {
  examples.rows.push(row);
  examples.targets.push(target);
  examples.times.push(time);
}
