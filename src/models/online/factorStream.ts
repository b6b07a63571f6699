import { type Profile, random, type Vocabulary } from '../../core/index.js';
import type { Factors } from '../recommender.js';
import { ItemIds, mostNewItems } from './itemIds.js';
import { logBilinearDefaults } from './logBilinear.js';
import { Negatives, type PackedNegatives } from './negatives.js';
import { SoftmaxStep } from './softmaxStep.js';
import type { StreamModel } from './streamModel.js';
import { ItemVectors, type PackedVectors } from './vectors.js';

interface Packed {
  vectors: PackedVectors;
  recent: PackedNegatives;
  random: [number, number, number, number];
  fresh: [string, number][];
}

const seed = 1;
/** Steps that a trained row is taken to have behind it: its first online steps are small. */
const settled = 10;

/** Item vectors of a factor model that learn while what reads the shopper's events stays as it was trained. */
export function factorStream(
  items: Vocabulary,
  trained: Float32Array,
  dimension: number,
  shopper: Factors['shopper'],
): StreamModel {
  const { recent, recentShare, learningRate, squareDecay, negatives } = logBilinearDefaults;
  const options = { learningRate, squareDecay, negatives, weightDecay: 0, biases: false };
  const step = new SoftmaxStep(options);
  const gradient = new Float32Array(dimension);
  const rng = random(seed);
  const rows = new ItemIds(items.ids, mostNewItems);
  const names: string[] = [...items.ids];
  let vectors = ItemVectors.from(trained, dimension, settled * meanSquare(trained));
  let source = new Negatives(recent, recentShare);
  let changed = new Set<string>();
  return {
    async learn(history, target) {
      const { row, made } = rows.see(target);
      names[row] = target;
      vectors.grow(row);
      const before = history.map((id) => rows.row(id)).find((known) => known >= 0 && known !== row);
      if (made && before !== undefined) vectors.copyRow(before, row);
      else if (made) vectors.clearRow(row);
      source.saw(row);
      changed.add(target);
      const vector = await shopper({ profile: profileOf(history), now: 0 });
      if (!vector.some((value) => value !== 0)) return false;
      const loss = step.take(vectors, vector, row, source, rng, gradient);
      for (const moved of step.moved()) changed.add(names[moved]!);
      return Number.isFinite(loss);
    },
    recentShare: (id) => source.shareOf(rows.row(id)),
    changes() {
      const ids = [...changed].filter((id) => rows.row(id) >= 0);
      changed = new Set();
      const out = new Float32Array(ids.length * dimension);
      ids.forEach((id, at) => {
        const from = rows.row(id) * dimension;
        out.set(vectors.values.subarray(from, from + dimension), at * dimension);
      });
      return { ids, vectors: out };
    },
    pack: (): Packed => ({
      vectors: vectors.pack(),
      recent: source.pack(),
      random: rng.state(),
      fresh: rows.pack(),
    }),
    restore(saved) {
      const packed = saved as Packed;
      vectors = ItemVectors.restore(packed.vectors);
      source = new Negatives(recent, recentShare);
      source.restore(packed.recent);
      rng.restore(packed.random);
      rows.restore(packed.fresh);
      for (const [id, row] of packed.fresh) names[row] = id;
      changed = new Set([...items.ids, ...packed.fresh.map(([id]) => id)]);
    },
  };
}

/** The history as a profile, oldest first: what the model reads at a request. */
function profileOf(history: readonly string[]): Profile {
  const events = history.toReversed().map((item, time) => ({ item, type: 'view', time, weight: 1 }));
  return { user: '', events, total: events.length, counters: {} };
}

function meanSquare(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
}
