import { join } from 'node:path';
import type { TreeData } from '../../src/trees/index.js';
import { lines } from './datasets.js';

export interface Shoppers {
  /** Every column of the file but `Revenue`, and a few made from them; categories as codes. */
  data: TreeData;
  month: string[];
  /** Rows of the test part of each of the five splits. */
  test: number[][];
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'June', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** UCI Online Shoppers with its five splits. Nothing here looks at more than the session's own row. */
export function onlineShoppers(folder: string): Shoppers | undefined {
  const sessions = lines(join(folder, 'online-shoppers'), 'sessions.csv.gz')?.map((line) =>
    line.trim().split(','),
  );
  const splits = lines(join(folder, 'online-shoppers'), 'splits.csv.gz')?.map((line) =>
    line.trim().split(','),
  );
  if (!sessions || !splits) return undefined;
  const header = sessions.shift()!;
  splits.shift();
  const codes = new Map<string, number>();
  const number = (name: string, text: string): number => {
    if (name === 'Month') return months.indexOf(text);
    const value = Number(text);
    if (!Number.isNaN(value)) return value;
    if (text === 'TRUE' || text === 'FALSE') return text === 'TRUE' ? 1 : 0;
    if (!codes.has(text)) codes.set(text, codes.size);
    return codes.get(text)!;
  };
  const column = (name: string): Float64Array => {
    const at = header.indexOf(name);
    return Float64Array.from(sessions, (row) => number(name, row[at]!));
  };
  const plain = header.filter((name) => name !== 'Revenue');
  const made = engineered(column);
  return {
    data: {
      names: [...plain, ...Object.keys(made)],
      columns: [...plain.map(column), ...Object.values(made)],
      target: column('Revenue'),
    },
    month: sessions.map((row) => row[header.indexOf('Month')]!),
    test: [0, 1, 2, 3, 4].map((split) => splits.flatMap((row, at) => (row[split + 1] === '1' ? [at] : []))),
  };
}

function engineered(column: (name: string) => Float64Array): Record<string, Float64Array> {
  const pages = column('ProductRelated');
  const seconds = column('ProductRelated_Duration');
  const [bounce, exit, value] = [column('BounceRates'), column('ExitRates'), column('PageValues')];
  const administrative = column('Administrative');
  const informational = column('Informational');
  return {
    secondsAPage: pages.map((n, row) => (n > 0 ? seconds[row]! / n : Number.NaN)),
    pages: pages.map((n, row) => n + administrative[row]! + informational[row]!),
    valueOfStaying: value.map((v, row) => v * (1 - exit[row]!)),
    exitOverBounce: exit.map((e, row) => e - bounce[row]!),
  };
}

/** Columns that are made from purchases which were finished before: `PageValues` and what contains it. */
export const fromPurchases = ['PageValues', 'valueOfStaying'];

/** The columns without the named ones. */
export function without(data: TreeData, names: readonly string[]): TreeData {
  const kept = data.names.flatMap((name, at) => (names.includes(name) ? [] : [at]));
  return { ...data, names: kept.map((at) => data.names[at]!), columns: kept.map((at) => data.columns[at]!) };
}
