import { type Event, random } from '../../core/index.js';
import type { TreeData } from '../../trees/index.js';
import { intentFeatureNames } from './features.js';
import { VisitFold } from './fold.js';
import { RowPool } from './rowPool.js';
import type { Visit } from './visits.js';

/** Events of a visit that training looks at, by their number: later ones say little that is new. */
const lookedAt: ReadonlySet<number> = new Set([1, 2, 3, 5, 8, 13, 21, 34]);

/** Rows to learn intent from, by visit, in the order the visits ended. */
export interface IntentExamples {
  data: TreeData;
  /** Number of the row's event within its visit, from 1. */
  at: Uint16Array;
  /** Events of the row's visit. */
  of: Uint16Array;
  /** When the row's event happened, ms. */
  time: Float64Array;
}

export interface ExampleOptions {
  /** Whether a visit ended well; by default, with a purchase. */
  outcome?: (visit: Visit, purchase: Event | undefined) => boolean;
  /** Visits kept at most, drawn evenly (reservoir sampling); 10,000 by default. */
  limit?: number;
  seed?: number;
}

/**
 * What the log teaches of intent: after an event of each visit that has ended, the features as they were then and
 * whether the visit ended well.
 */
export function intentExamples(events: Iterable<Event>, options: ExampleOptions = {}): IntentExamples {
  const { apply, examples } = collectExamples(options);
  for (const event of events) apply(event);
  return examples();
}

/** The same of events that come one by one: a log is larger than what is kept of it. */
export function collectExamples({
  outcome = (_visit, purchase) => purchase !== undefined,
  limit = 10_000,
  seed = 1,
}: ExampleOptions = {}): { apply(event: Event): void; examples(): IntentExamples } {
  const width = intentFeatureNames.length;
  // One place more than features: the time of the event.
  const pool = new RowPool(width + 1);
  const underWay = new Map<Visit, number[]>();
  const kept: Kept[] = [];
  const chance = random(seed);
  let ended = 0;
  const fold = new VisitFold({
    after(visit, fold) {
      const rows = underWay.get(visit) ?? [];
      underWay.set(visit, rows);
      if (!lookedAt.has(visit.events)) return;
      const row = pool.put(fold.features(visit));
      pool.set(row, width, visit.last);
      rows.push(row);
    },
    ended(visit, purchase) {
      const rows = underWay.get(visit);
      underWay.delete(visit);
      if (!rows?.length) return;
      const example = { rows, times: visit.last, positive: outcome(visit, purchase), seen: visit.events };
      if (kept.length < limit) kept.push(example);
      else {
        const place = chance.int(ended + 1);
        pool.free(place < limit ? kept[place]!.rows : rows);
        if (place < limit) kept[place] = example;
      }
      ended++;
    },
  });
  const examples = (): IntentExamples => {
    fold.endIdle(Infinity);
    kept.sort((a, b) => a.times - b.times);
    return columnsOf(kept, pool, width);
  };
  return { apply: (event) => fold.apply(event), examples };
}

/** A visit that is learned from. */
interface Kept {
  /** Of the pool: features at some of its events, and the time of each behind them. */
  rows: number[];
  times: number;
  positive: boolean;
  seen: number;
}

function columnsOf(kept: readonly Kept[], pool: RowPool, width: number): IntentExamples {
  const rows = kept.flatMap(({ rows }) => rows);
  return {
    data: {
      names: intentFeatureNames,
      columns: intentFeatureNames.map((_, f) => Float64Array.from(rows, (row) => pool.at(row, f))),
      target: Float64Array.from(kept.flatMap(({ rows, positive }) => rows.map(() => (positive ? 1 : 0)))),
      // A long visit counts more than a short one, but not in proportion.
      weight: Float64Array.from(kept.flatMap(({ rows }) => rows.map(() => 1 / Math.sqrt(rows.length)))),
    },
    at: Uint16Array.from(kept.flatMap(({ rows }) => rows.map((row) => pool.at(row, 0)))),
    of: Uint16Array.from(kept.flatMap(({ rows, seen }) => rows.map(() => Math.min(65_535, seen)))),
    time: Float64Array.from(rows, (row) => pool.at(row, width)),
  };
}
