import { EndcapError, type Profile, ratingOf, Vocabulary } from '../core/index.js';
import type { Model, Query } from './recommender.js';
import { historyOf, type Neighbours, packModel, recency, retrieveByScore, strength } from './support.js';

export interface NeighbourContent {
  name: string;
  ids: string[];
  neighbours: Neighbours;
  /** CheckpointStore after which an event counts half; 0 = all alike. */
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
  const model: Model = {
    name: content.name,
    kind: 'neighbour',
    items,
    async scoreAll(queries, out) {
      out.fill(0);
      queries.forEach((query, at) => {
        score(query, out, at * items.size);
      });
    },
    retrieve: (query, k, allowed) => retrieveByScore(model, query, k, allowed),
    attribute({ profile }, target) {
      const shares = new Float32Array(profile.events.length);
      const history = historyOf(profile, items);
      history.rows.forEach((item, place) => {
        const event = history.events[place]!;
        for (let at = start[item]!; at < start[item + 1]!; at++)
          if (row[at] === target) shares[event] = factorOf(profile, event, place) * weight[at]!;
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
