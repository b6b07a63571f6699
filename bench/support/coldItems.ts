import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { type Item, random } from '../../src/core/index.js';
import type { Dataset } from '../../src/models/index.js';
import { lines, type NextItem, queryOf, sequencesDataset } from './datasets.js';

/** Items withheld from training with all their interactions, and whom they came next for. */
export interface ColdTask {
  train: Dataset;
  withheld: Item[];
  /** The last item of the shopper is a withheld one. */
  cold: NextItem[];
  /** It is one of those trained on. */
  warm: NextItem[];
}

/** Entries of Amazon Beauty: titles, anonymous attributes as tags, the last of which is the narrowest category. */
export function beautyEntries(data: string): Map<string, Item> | undefined {
  const titles = lines(join(data, 'beauty'), 'items.tsv.gz');
  if (!titles) return undefined;
  const packed = gunzipSync(readFileSync(join(data, 'beauty', 'item2attributes.json.gz'))).toString('utf8');
  const attributes = JSON.parse(packed) as Record<string, number[]>;
  const entries = titles.slice(1).map((line): [string, Item] => {
    const [id = '', , title = ''] = line.split('\t');
    const tags = (attributes[id] ?? []).map(String);
    return [id, { id, title, tags, ...(tags.length > 0 ? { category: tags.at(-1)! } : {}) }];
  });
  return new Map(entries);
}

export function withEntries(train: Dataset, entries: ReadonlyMap<string, Item>): Dataset {
  return { ...train, catalogue: train.items.ids.map((id) => entries.get(id)) };
}

/** Amazon Beauty, leave-one-out, with a tenth of the items withheld; of the first `shoppers`. */
export function coldBeauty(
  data: string,
  entries: ReadonlyMap<string, Item>,
  { seed, shoppers }: { seed: number; shoppers: number },
): ColdTask | undefined {
  const file = lines(join(data, 'beauty'), 'sequences.txt.gz');
  if (!file) return undefined;
  const sequences = file.slice(0, shoppers).map((line) => line.split(' ').slice(1));
  const ids = random(seed).shuffle([...new Set(sequences.flat())].sort());
  const withheld = new Set(ids.slice(0, Math.round(ids.length / 10)));
  const histories = sequences.map((sequence) => sequence.slice(0, -1).filter((id) => !withheld.has(id)));
  const cases = sequences.flatMap((sequence, at) =>
    histories[at]!.length > 0 ? [{ query: queryOf(histories[at]!), target: sequence.at(-1)! }] : [],
  );
  return {
    train: withEntries(sequencesDataset(histories.filter((history) => history.length > 0)), entries),
    withheld: [...withheld].map((id) => entries.get(id)!),
    cold: cases.filter(({ target }) => withheld.has(target)),
    warm: cases.filter(({ target }) => !withheld.has(target)),
  };
}
