import { type Profile, Vocabulary } from '../../core/index.js';
import { factorModel } from '../factorModel.js';
import { type Dataset, defineRecommender, type Model } from '../recommender.js';
import { packModel, unpackModel } from '../support.js';
import { ItemIds, mostNewItems } from './itemIds.js';
import {
  LogBilinear,
  type LogBilinearOptions,
  logBilinearDefaults,
  type PackedLogBilinear,
} from './logBilinear.js';
import type { RowChanges, StreamModel } from './streamModel.js';

interface Content {
  ids: string[];
  packed: PackedLogBilinear;
}

/**
 * Next item from the last ones by embeddings that are trained an event at a time, in the order of time, and go on
 * learning from the stream by the same step.
 */
export const logBilinear = defineRecommender<LogBilinearOptions & { epochs: number }>({
  name: 'logBilinear',
  source: 'Mnih & Hinton 2007 (log-bilinear), Jean et al. 2015 (sampled softmax)',
  defaults: { ...logBilinearDefaults, epochs: 5 },
  grid: { epochs: [2, 5, 10], fade: [0.6, 0.8] },
  async fit(data, { seed, epochs, ...options }, progress) {
    const model = new LogBilinear(options, seed);
    model.add(data.items.size - 1);
    const order = inTime(data);
    for (let epoch = 0; epoch < epochs; epoch++) {
      pass(model, data, order);
      progress({ phase: 'logBilinear', done: epoch + 1, total: epochs, epochs: epoch + 1 });
      if (progress.enough?.()) break;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return modelOf({ ids: [...data.items.ids], packed: model.pack() });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

/** Interactions of all shoppers in time order; of equal times, in their own order. */
function inTime({ time }: Dataset): Uint32Array {
  return Uint32Array.from(time, (_, at) => at).sort((a, b) => time[a]! - time[b]! || a - b);
}

function pass(model: LogBilinear, { start, item }: Dataset, order: Uint32Array): void {
  const userOf = new Uint32Array(item.length);
  for (let user = 0; user + 1 < start.length; user++) userOf.fill(user, start[user], start[user + 1]);
  const { length } = model.options;
  for (const at of order) {
    const rows: number[] = [];
    for (let before = at - 1; before >= start[userOf[at]!]! && rows.length < length; before--)
      rows.push(item[before]!);
    model.learn(rows, item[at]!);
  }
}

function modelOf(content: Content): Model {
  const items = new Vocabulary(content.ids);
  const learned = LogBilinear.restore(content.packed);
  const { dimension } = learned.options;
  const width = dimension + 1;
  const vectors = withBiases(learned, items.size);
  /** Contexts of items that came after training. */
  const fresh = new Map<string, Float32Array>();
  const shopper = ({ profile }: { profile: Profile }): Float32Array => {
    const out = new Float32Array(width);
    addContexts(profile, items, learned, fresh, out);
    out[dimension] = 1;
    return out;
  };
  return {
    ...factorModel({
      name: 'logBilinear',
      items,
      factors: { vectors, dimension: width, shopper },
      save: () => packModel(content),
    }),
    stream: () => streamOf(content),
    take({ ids, contexts }) {
      ids.forEach((id, at) => {
        const row = items.row(id);
        const context = contexts!.subarray(at * dimension, (at + 1) * dimension);
        if (row >= 0) learned.contexts.values.set(context, row * dimension);
        else fresh.set(id, context.slice());
      });
      while (fresh.size > mostNewItems) fresh.delete(fresh.keys().next().value!);
    },
  };
}

/** Σ fadeᵏ · context over the newest positive events, new items among them. */
function addContexts(
  { events }: Profile,
  items: Vocabulary,
  { contexts, options }: LogBilinear,
  fresh: ReadonlyMap<string, Float32Array>,
  out: Float32Array,
): void {
  const { dimension, length, fade } = options;
  let weight = 1;
  let found = 0;
  for (let at = events.length - 1; at >= 0 && found < length; at--) {
    const { item, weight: says } = events[at]!;
    if (says <= 0) continue;
    const row = items.row(item);
    const from = row < 0 ? 0 : row * dimension;
    const values = row < 0 ? fresh.get(item) : contexts.values;
    if (!values) continue;
    for (let d = 0; d < dimension; d++) out[d]! += weight * values[from + d]!;
    weight *= fade;
    found++;
  }
}

/** Vectors with the bias as one more number: the shopper's is 1 there, so a product is the whole score. */
function withBiases({ items, options: { dimension } }: LogBilinear, size: number): Float32Array {
  const width = dimension + 1;
  const vectors = new Float32Array(size * width);
  for (let row = 0; row < size; row++) {
    vectors.set(items.values.subarray(row * dimension, (row + 1) * dimension), row * width);
    vectors[row * width + dimension] = items.biases[row]!;
  }
  return vectors;
}

function streamOf({ ids, packed }: Content): StreamModel {
  let model = LogBilinear.restore(packed);
  const rows = new ItemIds(ids, mostNewItems);
  const names: string[] = [...ids];
  let changed = new Set<string>();
  return {
    learn(history, target) {
      const known = history.map((id) => rows.row(id)).filter((row) => row >= 0);
      const { row, made } = rows.see(target);
      names[row] = target;
      if (made) model.begin(row, known[0] ?? -1);
      const loss = model.learn(known, row);
      changed.add(target);
      for (const id of history) if (rows.row(id) >= 0) changed.add(id);
      for (const moved of model.moved()) changed.add(names[moved]!);
      return Number.isFinite(loss);
    },
    recentShare: (id) => model.negatives.shareOf(rows.row(id)),
    changes() {
      const moved = [...changed].filter((id) => rows.row(id) >= 0);
      changed = new Set();
      return changesOf(model, moved, (id) => rows.row(id));
    },
    pack: () => ({ model: model.pack(), fresh: rows.pack() }),
    restore(saved) {
      const { model: learned, fresh } = saved as { model: PackedLogBilinear; fresh: [string, number][] };
      model = LogBilinear.restore(learned);
      rows.restore(fresh);
      for (const [id, row] of fresh) names[row] = id;
      changed = new Set([...ids, ...fresh.map(([id]) => id)]);
    },
  };
}

function changesOf(model: LogBilinear, ids: string[], rowOf: (id: string) => number): RowChanges {
  const { dimension } = model.options;
  const width = dimension + 1;
  const vectors = new Float32Array(ids.length * width);
  const contexts = new Float32Array(ids.length * dimension);
  ids.forEach((id, at) => {
    const from = rowOf(id) * dimension;
    vectors.set(model.items.values.subarray(from, from + dimension), at * width);
    vectors[at * width + dimension] = model.items.biases[rowOf(id)]!;
    contexts.set(model.contexts.values.subarray(from, from + dimension), at * dimension);
  });
  return { ids, vectors, contexts };
}
