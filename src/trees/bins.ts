import { type Random, random } from '../core/index.js';

export type Numbers = Float64Array | Float32Array;

/** Bin 0 is for what is missing, so that 254 bins are left for numbers. */
export const missingBin = 0;
const maximumBins = 255;
/** Rows that the borders of a large column are drawn from. */
const sampledRows = 200_000;

/** Columns in bins, for histograms of at most 255 places each. */
export interface Bins {
  rows: number;
  /** `bin[f][row]`. */
  bin: Uint8Array[];
  /** `upper[f][b]`: bin b + 1 holds numbers up to this; the last bin holds the rest. */
  upper: Float64Array[];
  /** Bins of a column, the missing one among them. */
  size: Uint16Array;
  /** Where the bins of a column start in a histogram of all. */
  start: Uint32Array;
  total: number;
}

export function binColumns(columns: readonly Numbers[], bins: number, seed: number): Bins {
  const chance = random(seed);
  const upper = columns.map((column) => borders(column, Math.min(bins, maximumBins) - 1, chance));
  const size = Uint16Array.from(upper, (borders) => borders.length + 2);
  const start = new Uint32Array(columns.length);
  for (let f = 1; f < columns.length; f++) start[f] = start[f - 1]! + size[f - 1]!;
  return {
    rows: columns[0]?.length ?? 0,
    bin: columns.map((column, f) => binsOf(column, upper[f]!)),
    upper,
    size,
    start,
    total: size.reduce((sum, one) => sum + one, 0),
  };
}

export function binsOf(column: Numbers, upper: Float64Array): Uint8Array {
  const bin = new Uint8Array(column.length);
  for (let row = 0; row < column.length; row++) bin[row] = binOf(column[row]!, upper);
  return bin;
}

/** The first bin whose upper border is not below the value. */
function binOf(value: number, upper: Float64Array): number {
  if (Number.isNaN(value)) return missingBin;
  let low = 0;
  let high = upper.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= upper[middle]!) high = middle;
    else low = middle + 1;
  }
  return low + 1;
}

/** Borders half-way between neighbouring values; bins of about equal count where values are many. */
function borders(column: Numbers, most: number, chance: Random): Float64Array {
  const values = sorted(column, chance);
  const distinct: number[] = [];
  const counts: number[] = [];
  for (const value of values) {
    if (distinct.length > 0 && distinct[distinct.length - 1] === value) counts[counts.length - 1]!++;
    else {
      distinct.push(value);
      counts.push(1);
    }
  }
  const upper: number[] = [];
  let left = values.length;
  let inBin = 0;
  for (let at = 0; at < distinct.length - 1; at++) {
    inBin += counts[at]!;
    left -= counts[at]!;
    const binsLeft = most - upper.length - 1;
    if (binsLeft <= 0) break;
    // As many bins as there are values left: each its own.
    const crowded = distinct.length - at - 1 > binsLeft;
    if (crowded && inBin < (inBin + left) / (binsLeft + 1)) continue;
    upper.push(between(distinct[at]!, distinct[at + 1]!));
    inBin = 0;
  }
  return Float64Array.from(upper);
}

/** Half-way, but never the upper value itself, which would then fall to the left. */
function between(low: number, high: number): number {
  const middle = low + (high - low) / 2;
  return middle < high && Number.isFinite(middle) ? middle : low;
}

function sorted(column: Numbers, chance: Random): Float64Array {
  const known = Float64Array.from(column).filter((value) => !Number.isNaN(value));
  if (known.length <= sampledRows) return known.sort();
  return new Float64Array(sampledRows).map(() => known[chance.int(known.length)]!).sort();
}
