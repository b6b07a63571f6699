import { EndcapError, type Profile, ratingOf, Vocabulary } from '../core/index.js';
import { gather, topK } from '../math/index.js';
import { fixedMatrix } from './neighbourMatrix.js';
import type { Appends } from './online/appender.js';
import { LivePairs, type PairNorms } from './online/livePairs.js';
import type { Model, Query } from './recommender.js';
import {
  type History,
  historyOf,
  momentsOf,
  type Neighbours,
  packModel,
  recency,
  strength,
} from './support.js';

export interface NeighbourContent {
  name: string;
  ids: string[];
  neighbours: Neighbours;
  /** Places after which an event counts half; 0, or none, = all alike. */
  recencyHalfLife?: number;
  /** Where it counts (1 + place)^−fading instead. */
  fading?: number;
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
  const { recencyHalfLife = 0, fading, meanRating = Number.NaN, norms } = content;
  // As it was trained until something is appended.
  let matrix = fixedMatrix(content.neighbours);
  let live: LivePairs | undefined;
  const factorOf = ({ events }: Profile, event: number, place: number): number =>
    (fading === undefined ? recency(place, recencyHalfLife) : (1 + place) ** -fading) *
    strength(ratingOf(events[event]!), meanRating);
  const score = (profile: Profile, history: History, out: Float32Array): void => {
    for (let place = 0; place < history.rows.length; place++)
      matrix.add(history.rows[place]!, factorOf(profile, history.events[place]!, place), out);
  };
  // What one request asks several times is worked out once: it is kept of the shopper who was asked for last.
  let last = new Float32Array(items.size);
  let asked: Profile | undefined;
  let history: History = { rows: [], weights: [], events: [] };
  /** Place of each target of `attribute`, +1; 0 of what is none, and of all between two calls. */
  let places = new Uint32Array(items.size);
  const scoresOf = ({ profile }: Query): Float32Array => {
    if (asked === profile) return last;
    asked = profile;
    history = historyOf(profile, items);
    if (last.length < items.size) last = new Float32Array(items.size);
    last.fill(0);
    score(profile, history, last);
    return last;
  };
  const model: Model = {
    name: content.name,
    kind: 'neighbour',
    cheap: true,
    items,
    async scoreAll(queries, out) {
      out.fill(0);
      queries.forEach(({ profile }, at) => {
        score(profile, historyOf(profile, items), out.subarray(at * items.size, (at + 1) * items.size));
      });
    },
    score: async (query, rows) => gather(scoresOf(query), rows),
    moments: async (query) => momentsOf(scoresOf(query)),
    line: (query) => scoresOf(query!),
    retrieve: async (query, k, allowed) => topK(scoresOf(query), k, allowed),
    attribute({ profile }, targets) {
      const shares = Array.from(targets, () => new Float32Array(profile.events.length));
      if (places.length < items.size) places = new Uint32Array(items.size);
      for (let at = 0; at < targets.length; at++) places[targets[at]!] = at + 1;
      const { rows, events } = asked === profile ? history : historyOf(profile, items);
      for (let place = 0; place < rows.length; place++) {
        const event = events[place]!;
        const factor = factorOf(profile, event, place);
        matrix.among(rows[place]!, places, (target, weight) => {
          shares[target - 1]![event] = factor * weight;
        });
      }
      for (const target of targets) places[target] = 0;
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
