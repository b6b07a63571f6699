import { EndcapError, type Profile, ratingOf, Vocabulary } from '../core/index.js';
import { topK } from '../math/index.js';
import type { Model, Query } from './recommender.js';
import { gather, historyOf, momentsOf, type Neighbours, packModel, recency, strength } from './support.js';

export interface NeighbourContent {
  name: string;
  ids: string[];
  neighbours: Neighbours;
  /** Places after which an event counts half; 0 = all alike. */
  recencyHalfLife: number;
  /** Where a rated event counts by its rating over this mean. */
  meanRating?: number;
}

/** A model that is a sparse item–item matrix: score(j) = Σ over the shopper's items i of recency(i) · strength(i) · W[i, j]. */
export function neighbourModel(content: NeighbourContent): Model {
  const items = new Vocabulary(content.ids);
  const { start, row, weight } = content.neighbours;
  if (start.length !== items.size + 1 || start.at(-1) !== row.length || row.length !== weight.length)
    throw new EndcapError(
      'model_corrupt',
      `The matrix of ${content.name} does not fit its ${items.size} items`,
    );
  const { recencyHalfLife, meanRating = Number.NaN } = content;
  const factorOf = ({ events }: Profile, event: number, place: number): number =>
    recency(place, recencyHalfLife) * strength(ratingOf(events[event]!), meanRating);
  const score = ({ profile }: Query, out: Float32Array, offset: number): void => {
    const history = historyOf(profile, items);
    history.rows.forEach((item, place) => {
      const factor = factorOf(profile, history.events[place]!, place);
      for (let at = start[item]!; at < start[item + 1]!; at++)
        out[offset + row[at]!]! += factor * weight[at]!;
    });
  };
  // What one request asks several times is added up once: the scores of the shopper who was asked for last.
  const last = new Float32Array(items.size);
  let asked: Profile | undefined;
  const scoresOf = (query: Query): Float32Array => {
    if (asked === query.profile) return last;
    asked = query.profile;
    last.fill(0);
    score(query, last, 0);
    return last;
  };
  const model: Model = {
    name: content.name,
    kind: 'neighbour',
    cheap: true,
    items,
    async scoreAll(queries, out) {
      out.fill(0);
      queries.forEach((query, at) => {
        score(query, out, at * items.size);
      });
    },
    score: async (query, rows) => gather(scoresOf(query), rows),
    moments: async (query) => momentsOf(scoresOf(query)),
    line: (query) => scoresOf(query!),
    retrieve: async (query, k, allowed) => topK(scoresOf(query), k, allowed),
    attribute({ profile }, targets) {
      const shares = Array.from(targets, () => new Float32Array(profile.events.length));
      const places = new Map(Array.from(targets, (target, at) => [target, at]));
      const wanted = new Uint8Array(items.size);
      for (const target of targets) wanted[target] = 1;
      const history = historyOf(profile, items);
      history.rows.forEach((item, place) => {
        const event = history.events[place]!;
        const factor = factorOf(profile, event, place);
        for (let at = start[item]!; at < start[item + 1]!; at++)
          if (wanted[row[at]!]) shares[places.get(row[at]!)!]![event] = factor * weight[at]!;
      });
      return shares;
    },
    neighbours(item, k) {
      // Best first, and what repels comes last: it is no neighbour.
      let end = start[item]!;
      while (end < start[item + 1]! && end < start[item]! + k && weight[end]! > 0) end++;
      return { rows: row.slice(start[item], end), scores: weight.slice(start[item], end) };
    },
    save: () => packModel(content),
  };
  return model;
}
