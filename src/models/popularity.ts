import { Vocabulary } from '../core/index.js';
import { topK } from '../math/index.js';
import { defineRecommender, type Model } from './recommender.js';
import { gather, momentsOf, packModel, unpackModel } from './support.js';

const day = 86_400_000;

interface Content {
  ids: string[];
  scores: Float32Array;
}

/** Popularity with time decay: Σ weight · 2^((time − until) / halfLife). The same list for everyone. */
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
    return modelOf({ ids: [...data.items.ids], scores });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

function modelOf(content: Content): Model {
  const items = new Vocabulary(content.ids);
  const { scores } = content;
  const moments = momentsOf(scores);
  return {
    name: 'popularity',
    kind: 'neighbour',
    impersonal: true,
    cheap: true,
    items,
    async scoreAll(queries, out) {
      for (let at = 0; at < queries.length; at++) out.set(scores, at * items.size);
    },
    score: async (_query, rows) => gather(scores, rows),
    moments: async () => moments,
    line: () => scores,
    retrieve: async (_query, k, allowed) => topK(scores, k, allowed),
    save: () => packModel(content),
  };
}
