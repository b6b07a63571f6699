import { Vocabulary } from '../core/index.js';
import { ensureCapacity, gather, topK } from '../math/index.js';
import type { Appends } from './online/appender.js';
import { defineRecommender, type Model, type Moments } from './recommender.js';
import { momentsOf, packModel, unpackModel } from './support.js';

const day = 86_400_000;

interface Content {
  ids: string[];
  scores: Float32Array;
  halfLifeDays?: number;
  /** Time of which the scores are, ms. */
  until?: number;
}

/**
 * Popularity with time decay: Σ weight · 2^((time − until) / halfLife). The same list for everyone; what happens adds to it.
 */
export const popularity = defineRecommender<{ halfLifeDays: number }>({
  name: 'popularity',
  source: 'exponentially decayed counts',
  defaults: { halfLifeDays: 30 },
  grid: { halfLifeDays: [3, 7, 30, 90] },
  async fit(data, { halfLifeDays }) {
    const scores = new Float32Array(data.items.size);
    for (let at = 0; at < data.item.length; at++) {
      const age = (data.until - data.time[at]!) / (halfLifeDays * day);
      scores[data.item[at]!]! += data.weight[at]! * 2 ** -age;
    }
    return modelOf({ ids: [...data.items.ids], scores, halfLifeDays, until: data.until });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

function modelOf(content: Content): Model {
  const items = new Vocabulary(content.ids);
  const { halfLifeDays, until } = content;
  let counted = content.scores.slice();
  let moments: Moments | undefined;
  const scores = (): Float32Array => counted.subarray(0, items.size);
  const appends = (halfLifeMs: number, from: number): Appends => ({
    append({ item, time, weight }) {
      const row = items.add(item);
      counted = ensureCapacity(counted, row);
      // As of the training's time, so that nothing else has to fade: in doublings that a number can hold.
      counted[row]! += weight * 2 ** Math.min(mostDoublings, (time - from) / halfLifeMs);
      moments = undefined;
    },
  });
  return {
    name: 'popularity',
    kind: 'neighbour',
    impersonal: true,
    cheap: true,
    items,
    async scoreAll(queries, out) {
      for (let at = 0; at < queries.length; at++) out.set(scores(), at * items.size);
    },
    score: async (_query, rows) => gather(scores(), rows),
    moments: async () => {
      moments ??= momentsOf(scores());
      return moments;
    },
    line: scores,
    retrieve: async (_query, k, allowed) => topK(scores(), k, allowed),
    ...(halfLifeDays && until !== undefined ? { appends: appends(halfLifeDays * day, until) } : {}),
    save: () => packModel(content),
  };
}

/** More would leave nothing of what was there before, and be no number at last. */
const mostDoublings = 40;
