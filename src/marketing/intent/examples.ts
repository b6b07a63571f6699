import { type Event, random } from '../../core/index.js';
import type { TreeData } from '../../models/index.js';
import { intentFeatureNames } from './features.js';
import { VisitFold } from './fold.js';
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

/**
 * What the log teaches of intent: after an event of each visit that has ended, the features as they were then and
 * whether the visit ended well. `outcome` says what that means; by default, a purchase. At most `limit` visits are kept,
 * drawn evenly (reservoir sampling).
 */
export function intentExamples(
  events: Iterable<Event>,
  {
    outcome = (_visit: Visit, purchase: Event | undefined): boolean => purchase !== undefined,
    limit = 10_000,
    seed = 1,
  } = {},
): IntentExamples {
  const width = intentFeatureNames.length;
  const underWay = new Map<Visit, Float64Array[]>();
  const kept: { rows: Float64Array[]; times: number; positive: boolean; seen: number }[] = [];
  const chance = random(seed);
  let ended = 0;
  const fold = new VisitFold({
    after(visit, fold) {
      const rows = underWay.get(visit) ?? [];
      underWay.set(visit, rows);
      // One place more than features: the time of the event.
      if (lookedAt.has(visit.events)) rows.push(Float64Array.of(...fold.features(visit), visit.last));
    },
    ended(visit, purchase) {
      const rows = underWay.get(visit);
      underWay.delete(visit);
      if (!rows?.length) return;
      const example = { rows, times: visit.last, positive: outcome(visit, purchase), seen: visit.events };
      if (kept.length < limit) kept.push(example);
      else {
        const place = chance.int(ended + 1);
        if (place < limit) kept[place] = example;
      }
      ended++;
    },
  });
  for (const event of events) fold.apply(event);
  fold.endIdle(Infinity);
  kept.sort((a, b) => a.times - b.times);
  const rows = kept.flatMap(({ rows }) => rows);
  return {
    data: {
      names: intentFeatureNames,
      columns: intentFeatureNames.map((_, f) => Float64Array.from(rows, (row) => row[f]!)),
      target: Float64Array.from(kept.flatMap(({ rows, positive }) => rows.map(() => (positive ? 1 : 0)))),
      // A long visit counts more than a short one, but not in proportion.
      weight: Float64Array.from(kept.flatMap(({ rows }) => rows.map(() => 1 / Math.sqrt(rows.length)))),
    },
    at: Uint16Array.from(kept.flatMap(({ rows }) => rows.map((row) => row[0]!))),
    of: Uint16Array.from(kept.flatMap(({ rows, seen }) => rows.map(() => Math.min(65_535, seen)))),
    time: Float64Array.from(rows, (row) => row[width]!),
  };
}
