import { random, Vocabulary } from '../../core/index.js';
import type { Dataset, Query } from '../recommender.js';

/** A shopper as the members know them, and what came next. Rows of `hidden` are no candidates. */
export interface HeldOut {
  query: Query;
  targets: Set<number>;
  hidden: Set<number>;
}

/** What the members learn from, and the cases on which their weights are learned. */
export interface Lesson {
  past: Dataset;
  cases: HeldOut[];
}

/** Cases on which weights are learned; fewer for a large catalogue, whose scores are all held in memory. */
const maxCases = 1000;
const maxScores = 30e6;
/** Events a profile remembers, as when serving. */
const remembered = 200;

/** The interactions before `cut`, and for each shopper with a past what was new to them after it. */
export function holdOutTime(data: Dataset, cut: number): Lesson {
  const cases: HeldOut[] = [];
  for (let user = 0; user + 1 < data.start.length; user++) {
    const rows = rowsOf(data, user);
    const before = rows.filter((at) => data.time[at]! < cut);
    const hidden = new Set(before.map((at) => data.item[at]!));
    const fresh = rows.filter((at) => data.time[at]! >= cut && !hidden.has(data.item[at]!));
    if (before.length === 0 || fresh.length === 0) continue;
    const targets = new Set(fresh.map((at) => data.item[at]!));
    cases.push({ query: queryOf(data, user, before, cut), targets, hidden });
  }
  return { past: keep(data, (at) => data.time[at]! < cut, cut), cases: cases.slice(0, room(data)) };
}

/** Everything but the last event of a twentieth of the shoppers; that event is what to predict, seen before or not. */
export function holdOutLast(data: Dataset, seed: number): Lesson {
  const long = withTwo(data);
  const share = Math.ceil(long.length / 20);
  return lastOf(
    data,
    random(seed)
      .shuffle(long)
      .slice(0, Math.min(share, room(data))),
  );
}

/** Everything but the last event of `count` shoppers; what of it was new to them is to predict. */
export function holdOutNew(data: Dataset, count: number, seed: number, most = room(data)): Lesson {
  const { past, cases } = lastOf(data, random(seed).shuffle(withTwo(data)).slice(0, count));
  const fresh = cases.map(({ query, targets }): HeldOut => {
    const hidden = new Set(query.profile.events.map(({ item }) => data.items.row(item)));
    return { query, targets: new Set([...targets].filter((item) => !hidden.has(item))), hidden };
  });
  return { past, cases: fresh.filter(({ targets }) => targets.size > 0).slice(0, most) };
}

/** Everything but the last visit (what has the time of the last event) of `count` shoppers; what of it was new to them is to predict. */
export function holdOutVisits(data: Dataset, count: number, seed: number): Lesson {
  const users = withTwo(data).filter((user) => data.time[data.start[user]!]! < lastTime(data, user));
  const drawn = random(seed).shuffle(users).slice(0, count);
  const left = new Set<number>();
  const cases = drawn.map((user): HeldOut => {
    const last = lastTime(data, user);
    const rows = rowsOf(data, user).filter((at) => data.time[at]! < last);
    const hidden = new Set(rows.map((at) => data.item[at]!));
    const targets = new Set<number>();
    for (let at = data.start[user]! + rows.length; at < data.start[user + 1]!; at++) {
      left.add(at);
      if (!hidden.has(data.item[at]!)) targets.add(data.item[at]!);
    }
    return { query: queryOf(data, user, rows, last), targets, hidden };
  });
  return {
    past: keep(data, (at) => !left.has(at), data.until),
    cases: cases.filter(({ targets }) => targets.size > 0).slice(0, room(data)),
  };
}

const lastTime = (data: Dataset, user: number): number => data.time[data.start[user + 1]! - 1]!;

function withTwo(data: Dataset): number[] {
  return Array.from({ length: data.start.length - 1 }, (_, user) => user).filter(
    (user) => data.start[user + 1]! - data.start[user]! >= 2,
  );
}

function lastOf(data: Dataset, users: readonly number[]): Lesson {
  const left = new Set(users.map((user) => data.start[user + 1]! - 1));
  const cases = users.map((user): HeldOut => {
    const rows = rowsOf(data, user);
    const last = rows.pop()!;
    const query = queryOf(data, user, rows, data.time[last]!);
    return { query, targets: new Set([data.item[last]!]), hidden: new Set() };
  });
  return { past: keep(data, (at) => !left.has(at), data.until), cases };
}

/** A random tenth of each shopper's items, one at least, is what to predict from the rest: order says nothing. */
export function holdOutShare(data: Dataset, seed: number): Lesson {
  const rng = random(seed);
  const left = new Set<number>();
  const cases: HeldOut[] = [];
  for (const user of rng.shuffle(Array.from({ length: data.start.length - 1 }, (_, at) => at))) {
    const rows = rowsOf(data, user);
    if (rows.length < 2 || cases.length === room(data)) continue;
    const chosen = new Set(rng.shuffle([...rows]).slice(0, Math.ceil(rows.length / 10)));
    const kept = rows.filter((at) => !chosen.has(at));
    const hidden = new Set(kept.map((at) => data.item[at]!));
    const targets = new Set(Array.from(chosen, (at) => data.item[at]!).filter((item) => !hidden.has(item)));
    for (const at of chosen) left.add(at);
    cases.push({ query: queryOf(data, user, kept, data.until), targets, hidden });
  }
  return { past: keep(data, (at) => !left.has(at), data.until), cases };
}

function room(data: Dataset): number {
  return Math.min(maxCases, Math.ceil(maxScores / data.items.size));
}

function rowsOf(data: Dataset, user: number): number[] {
  const first = data.start[user]!;
  return Array.from({ length: data.start[user + 1]! - first }, (_, i) => first + i);
}

function queryOf(data: Dataset, user: number, rows: readonly number[], now: number): Query {
  const events = rows.slice(-remembered).map((at) => ({
    item: data.items.ids[data.item[at]!]!,
    ...(Number.isNaN(data.rating[at]!) ? { type: 'purchase' } : { type: 'rate', value: data.rating[at]! }),
    time: data.time[at]!,
    weight: data.weight[at]!,
  }));
  return { profile: { user: String(user), events, total: rows.length, counters: {} }, now };
}

/** The interactions that `stays` names, without the shoppers who lose all of theirs. */
function keep(data: Dataset, stays: (at: number) => boolean, until: number): Dataset {
  const start = [0];
  let kept = 0;
  for (let user = 0; user + 1 < data.start.length; user++) {
    for (let at = data.start[user]!; at < data.start[user + 1]!; at++) if (stays(at)) kept++;
    if (kept > start.at(-1)!) start.push(kept);
  }
  const pick = <A extends Uint32Array | Float64Array | Float32Array>(column: A): A =>
    column.filter((_, at) => stays(at)) as A;
  return {
    ...data,
    users: new Vocabulary(start.slice(1).map((_, user) => `u${user}`)),
    start: Uint32Array.from(start),
    item: pick(data.item),
    time: pick(data.time),
    weight: pick(data.weight),
    rating: pick(data.rating),
    until,
  };
}
