import { EndcapError, type Profile, ratingOf, Vocabulary } from '../core/index.js';
import { gather, topK } from '../math/index.js';
import { fixedMatrix } from './neighbourMatrix.js';
import type { Appends } from './online/appender.js';
import { LivePairs, type PairNorms } from './online/livePairs.js';
import type { Model, Query } from './recommender.js';
import { historyOf, momentsOf, type Neighbours, packModel, recency, strength } from './support.js';

export interface NeighbourContent {
  name: string;
  ids: string[];
  neighbours: Neighbours;
  /** Places after which an event counts half; 0 = all alike. */
  recencyHalfLife: number;
  /** Where a rated event counts by its rating over this mean. */
  meanRating?: number;
  /** Where the weights can go on counting: what they come from. */
  norms?: PairNorms;
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
  const { recencyHalfLife, meanRating = Number.NaN, norms } = content;
  // As it was trained until something is appended.
  let matrix = fixedMatrix(content.neighbours);
  let live: LivePairs | undefined;
  const factorOf = ({ events }: Profile, event: number, place: number): number =>
    recency(place, recencyHalfLife) * strength(ratingOf(events[event]!), meanRating);
  const score = ({ profile }: Query, out: Float32Array, offset: number): void => {
    const history = historyOf(profile, items);
    history.rows.forEach((item, place) => {
      matrix.add(item, factorOf(profile, history.events[place]!, place), out, offset);
    });
  };
  // What one request asks several times is added up once: the scores of the shopper who was asked for last.
  let last = new Float32Array(items.size);
  let asked: Profile | undefined;
  const scoresOf = (query: Query): Float32Array => {
    if (asked === query.profile) return last;
    asked = query.profile;
    if (last.length < items.size) last = new Float32Array(items.size);
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
        const { rows, scores } = matrix.line(item);
        for (let at = 0; at < rows.length; at++)
          if (wanted[rows[at]!]) shares[places.get(rows[at]!)!]![event] = factor * scores[at]!;
      });
      return shares;
    },
    neighbours(item, k) {
      // Best first, and what repels comes last: it is no neighbour.
      const { rows, scores } = matrix.line(item);
      let end = 0;
      while (end < rows.length && end < k && scores[end]! > 0) end++;
      return { rows: rows.slice(0, end), scores: scores.slice(0, end) };
    },
    ...(norms && {
      appends: {
        append(step) {
          live ??= new LivePairs(content.neighbours, norms);
          matrix = live;
          live.append(step, items.add(step.item));
          asked = undefined;
        },
        identify: (anonymous, user) => live?.identify(anonymous, user),
      } satisfies Appends,
    }),
    save: () => packModel(content),
  };
  return model;
}
