import type { Stream } from './streams.js';

/** One way to say what comes next, that may learn from each event after it was asked. */
export interface System {
  name: string;
  /** Scores of the items 0 … out.length − 1; `rows` are the session's, newest first. */
  score(rows: readonly number[], now: number, out: Float32Array, session: number): void | Promise<void>;
  /** What came after `rows`. */
  learn(rows: readonly number[], target: number, now: number, session: number): void | Promise<void>;
  /** Processor time of learning, ms; kept by `measure`. */
  learningMs?: number;
}

export interface Figures {
  recall: number;
  mrr: number;
  /** Of targets first seen less than a day before. */
  coldRecall: number;
  cold: number;
  cases: number;
  /** Recall of each sixteenth of the measured part. */
  windows: number[];
}

export interface Part {
  from: number;
  to: number;
  /** One in so many events is ranked. */
  every: number;
  k?: number;
}

const dayMs = 86_400_000;
const windows = 16;

/** An event of the stream with its session so far, newest first. */
export interface Step {
  at: number;
  rows: readonly number[];
  target: number;
  now: number;
  session: number;
}

/** Walks over the stream; what is yielded is good until the next. */
export function* steps({ session, item, time }: Stream, from: number, to: number): Iterable<Step> {
  const histories = new Map<number, number[]>();
  // Sessions that were open when the part begins are known.
  for (let at = Math.max(0, from - 20_000); at < to; at++) {
    let rows = histories.get(session[at]!);
    if (!rows) {
      rows = [];
      histories.set(session[at]!, rows);
    }
    if (at >= from) yield { at, rows, target: item[at]!, now: time[at]!, session: session[at]! };
    rows.unshift(item[at]!);
    if (rows.length > 20) rows.pop();
  }
}

/** The same, for what does not wait. */
export function walk(
  stream: Stream,
  from: number,
  to: number,
  visit: (rows: readonly number[], target: number, now: number) => void,
): void {
  for (const { rows, target, now } of steps(stream, from, to)) visit(rows, target, now);
}

/** Predict, then learn: each system ranks the next item of the session among all items seen so far. */
export async function measure(
  stream: Stream,
  part: Part,
  systems: readonly System[],
): Promise<Map<string, Figures>> {
  const { from, to, every, k = 20 } = part;
  const firstSeen = new Float64Array(stream.items).fill(Number.NaN);
  let known = 0;
  const note = (at: number): void => {
    const row = stream.item[at]!;
    if (Number.isNaN(firstSeen[row]!)) firstSeen[row] = stream.time[at]!;
    known = Math.max(known, row + 1);
  };
  for (let at = 0; at < from; at++) note(at);
  const sums = systems.map(() => ({
    hits: 0,
    reciprocal: 0,
    coldHits: 0,
    window: new Float64Array(windows),
  }));
  const perWindow = new Float64Array(windows);
  const scores = new Float32Array(stream.items);
  const learning = systems.map(() => 0);
  let cases = 0;
  let cold = 0;
  for (const { rows, target, now, at, session } of steps(stream, from, to)) {
    if (rows.length > 0 && (at - from) % every === 0) {
      const isCold = !(now - firstSeen[target]! > dayMs);
      const window = Math.floor((windows * (at - from)) / (to - from));
      cases++;
      if (isCold) cold++;
      perWindow[window]!++;
      for (const [which, system] of systems.entries()) {
        if (target >= known) break;
        const out = scores.subarray(0, known);
        await system.score(rows, now, out, session);
        const rank = rankIn(out, target);
        const sum = sums[which]!;
        if (rank >= k) continue;
        sum.hits++;
        sum.reciprocal += 1 / (rank + 1);
        if (isCold) sum.coldHits++;
        sum.window[window]!++;
      }
    }
    for (const [which, system] of systems.entries()) {
      const started = performance.now();
      const learned = system.learn(rows, target, now, session);
      if (learned) await learned;
      learning[which]! += performance.now() - started;
    }
    note(at);
  }
  return new Map(
    systems.map(({ name }, which) => {
      const { hits, reciprocal, coldHits, window } = sums[which]!;
      systems[which]!.learningMs = learning[which]!;
      return [
        name,
        {
          recall: hits / cases,
          mrr: reciprocal / cases,
          coldRecall: cold > 0 ? coldHits / cold : Number.NaN,
          cold,
          cases,
          windows: Array.from(window, (count, at) => count / Math.max(1, perWindow[at]!)),
        },
      ];
    }),
  );
}

/** How many others score as much or more; a target without a score above the floor is not ranked at all. */
function rankIn(scores: Float32Array, target: number): number {
  const score = scores[target]!;
  if (!(score > Number.NEGATIVE_INFINITY)) return Number.POSITIVE_INFINITY;
  let rank = -1;
  for (let row = 0; row < scores.length; row++) if (scores[row]! >= score) rank++;
  return rank;
}
