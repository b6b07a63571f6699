import { Vocabulary } from '../core/index.js';
import { ensureCapacity, gather, topK } from '../math/index.js';
import { rowsOf } from './deep/index.js';
import { LiveSessions } from './online/liveSessions.js';
import { type Dataset, defineRecommender, type Model, type ModelFiles, type Query } from './recommender.js';
import { momentsOf, packModel, unpackModel } from './support.js';

interface SessionKnnOptions {
  /** Most similar sessions that vote. */
  neighbours: number;
  /** Newest sessions with an item in common that are looked at. */
  sample: number;
  /** Places from the end of the shopper's events after which one counts 1/e. */
  decay: number;
  /** Distance from the common item after which an item of a neighbour counts 1/e. */
  reach: number;
  /** Minutes without an event that end a session. */
  gap: number;
  /** Events of the shopper that are looked at, the newest. */
  length: number;
}

/** Sessions in time order and, for each item, the sessions that hold it. */
interface Content {
  options: SessionKnnOptions;
  ids: string[];
  /** Session s is item[start[s] … start[s + 1]], oldest first. */
  start: Uint32Array;
  item: Uint32Array;
  /** Sessions of row i: member[from[i] … from[i + 1]], oldest first. */
  from: Uint32Array;
  member: Uint32Array;
}

/**
 * Sessions like the shopper's own vote for what comes next (V-SkNN, Ludewig & Jannach 2018; STAN, Garg et al. 2019):
 * sim(s, n) = Σ over common items of e^(−place / decay) · idf / √|n|, and a neighbour n gives each of its items
 * sim · e^(−distance to the last common item / reach). Nothing is trained; sessions join as they happen.
 */
export const sessionKnn = defineRecommender<SessionKnnOptions>({
  name: 'sessionKnn',
  source: 'Ludewig & Jannach 2018 (V-SkNN), Garg et al. 2019 (STAN)',
  defaults: { neighbours: 500, sample: 10_000, decay: 2, reach: 4, gap: 60, length: 20 },
  grid: { decay: [2, 8], gap: [60, 10_080] },
  async fit(data, options) {
    const { seed: _, ...own } = options;
    const sessions = sessionsOf(data, own.gap);
    return modelOf({
      options: own,
      ids: [...data.items.ids],
      ...sessions,
      ...holdersOf(sessions, data.items.size),
    });
  },
  load: async (files) => modelOf(unpackModel<Content>(files)),
});

/** Cuts each shopper's events at pauses; sessions by their last event, oldest first. */
function sessionsOf({ start, item, time }: Dataset, gap: number): { start: Uint32Array; item: Uint32Array } {
  const parts: { from: number; to: number }[] = [];
  for (let user = 0; user + 1 < start.length; user++) {
    let from = start[user]!;
    for (let at = from; at < start[user + 1]!; at++) {
      const last = at + 1 === start[user + 1]! || time[at + 1]! - time[at]! > 60_000 * gap;
      if (!last) continue;
      if (at > from) parts.push({ from, to: at + 1 });
      from = at + 1;
    }
  }
  parts.sort((a, b) => time[a.to - 1]! - time[b.to - 1]!);
  const bounds = new Uint32Array(parts.length + 1);
  parts.forEach(({ from, to }, at) => {
    bounds[at + 1] = bounds[at]! + to - from;
  });
  const items = new Uint32Array(bounds.at(-1)!);
  parts.forEach(({ from, to }, at) => {
    items.set(item.subarray(from, to), bounds[at]);
  });
  return { start: bounds, item: items };
}

function holdersOf(
  { start, item }: { start: Uint32Array; item: Uint32Array },
  size: number,
): { from: Uint32Array; member: Uint32Array } {
  const lists: number[][] = Array.from({ length: size }, () => []);
  for (let session = 0; session + 1 < start.length; session++)
    for (const row of new Set(item.subarray(start[session], start[session + 1]))) lists[row]!.push(session);
  const from = new Uint32Array(size + 1);
  lists.forEach((list, row) => {
    from[row + 1] = from[row]! + list.length;
  });
  return { from, member: Uint32Array.from(lists.flat()) };
}

function modelOf(content: Content): Model {
  const { gap, length } = content.options;
  const items = new Vocabulary(content.ids);
  const live = new LiveSessions(60_000 * gap);
  const vote = voter(content, live);
  let last = new Float32Array(items.size);
  let asked: Query['profile'] | undefined;
  const voted = (query: Query, out: Float32Array): Float32Array => {
    vote(newest(query, items, length), query.profile.user, out);
    return out;
  };
  const scoresOf = (query: Query): Float32Array => {
    if (asked === query.profile) return last;
    asked = query.profile;
    if (last.length < items.size) last = new Float32Array(items.size);
    return voted(query, last.fill(0));
  };
  return {
    name: 'sessionKnn',
    kind: 'neighbour',
    cheap: true,
    items,
    async scoreAll(queries, out) {
      out.fill(0);
      queries.forEach((query, at) => {
        voted(query, out.subarray(at * items.size, (at + 1) * items.size));
      });
    },
    score: async (query, rows) => gather(scoresOf(query), rows),
    moments: async (query) => momentsOf(scoresOf(query)),
    line: (query) => scoresOf(query!),
    retrieve: async (query, k, allowed) => topK(scoresOf(query), k, allowed),
    appends: {
      append(step) {
        live.append(step, items.add(step.item));
        asked = undefined;
      },
      identify: (anonymous, user) => live.identify(anonymous, user),
    },
    save: (): ModelFiles => packModel(content),
  };
}

/** The shopper's rows, newest first, each once. */
function newest({ profile }: Query, items: Vocabulary, length: number): number[] {
  return [...new Set(rowsOf(profile, items).reverse())].slice(0, length);
}

/**
 * Adds the votes of the sessions that are like `rows` (newest first) to `out` [items]. Sessions that grew since training
 * go by numbers behind the trained ones; the one the shopper is in does not vote.
 */
function voter(
  { options, start, item, from, member }: Content,
  live: LiveSessions,
): (rows: number[], user: string, out: Float32Array) => void {
  const trained = start.length - 1;
  const known = from.length - 1;
  const fading = Float32Array.from({ length: Math.max(longest(start), live.longest) }, (_, apart) =>
    Math.exp(-apart / options.reach),
  );
  let similarity = new Float32Array(trained);
  /** Row of the newest of the shopper's items that the session holds, +1. */
  let common = new Uint32Array(trained);
  let touched = new Uint32Array(trained);
  let scores = new Float32Array(trained);
  let size = 0;
  const rowsOfLive = new Uint32Array(live.longest);
  return (rows, user, out) => {
    const places = trained + live.places;
    similarity = ensureCapacity(similarity, places);
    common = ensureCapacity(common, places);
    touched = ensureCapacity(touched, places);
    scores = ensureCapacity(scores, places);
    size = 0;
    const sessions = trained + live.count;
    const own = live.placeOfShopper(user);
    const share = Math.ceil(options.sample / Math.max(1, rows.length));
    rows.forEach((row, place) => {
      const old = row < known ? from[row + 1]! - from[row]! : 0;
      const count = old + live.holders(row);
      const weight = Math.exp(-place / options.decay) * Math.log(1 + sessions / Math.max(1, count));
      // The newest sessions, and of the newest items more: what they leave of the sample falls to the others.
      let room = Math.max(share, options.sample - size - share * (rows.length - place - 1));
      for (let event = live.newest(row); event >= 0 && room > 0; event = live.older(event)) {
        const session = live.placeOf(event);
        if (session < 0 || session === own) continue;
        meet(trained + session, row, weight);
        room--;
      }
      if (old === 0) return;
      for (let at = Math.max(from[row]!, from[row + 1]! - room); at < from[row + 1]!; at++)
        meet(member[at]!, row, weight);
    });
    for (let at = 0; at < size; at++) {
      const session = touched[at]!;
      const length =
        session < trained ? start[session + 1]! - start[session]! : live.length(session - trained);
      scores[at] = similarity[session]! / Math.sqrt(length);
    }
    const best = topK(scores.subarray(0, size), options.neighbours);
    for (let rank = 0; rank < best.rows.length; rank++) {
      const session = touched[best.rows[rank]!]!;
      const give = session < trained ? giveTrained : giveLive;
      give(session, common[session]! - 1, best.scores[rank]!, out);
    }
    for (let at = 0; at < size; at++) {
      const session = touched[at]!;
      similarity[session] = 0;
      common[session] = 0;
    }
  };

  function meet(session: number, row: number, weight: number): void {
    if (common[session] === 0) {
      common[session] = row + 1;
      touched[size++] = session;
    }
    similarity[session]! += weight;
  }

  function giveTrained(session: number, row: number, weight: number, out: Float32Array): void {
    const first = start[session]!;
    const end = start[session + 1]!;
    let place = end - 1;
    while (item[place] !== row) place--;
    // The common item too: shoppers come back to what they looked at.
    for (let at = first; at < end; at++) out[item[at]!]! += weight * fading[Math.abs(at - place)]!;
  }

  function giveLive(session: number, row: number, weight: number, out: Float32Array): void {
    const length = live.rows(session - trained, rowsOfLive);
    const place = rowsOfLive.indexOf(row);
    for (let at = 0; at < length; at++) out[rowsOfLive[at]!]! += weight * fading[Math.abs(at - place)]!;
  }
}

/** Events of the longest session. */
function longest(start: Uint32Array): number {
  let most = 0;
  for (let at = 0; at + 1 < start.length; at++) most = Math.max(most, start[at + 1]! - start[at]!);
  return most;
}
