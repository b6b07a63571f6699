import type { Meaning } from '../core/index.js';

/** What brings items together: one order, or one visit. */
export const pairKinds = ['bought', 'viewed'] as const;
export type PairKind = (typeof pairKinds)[number];

/** What an event must mean to bring items together: buying, or looking with some liking. */
export const pairKindOf: ReadonlyMap<Meaning | undefined, PairKind> = new Map<Meaning, PairKind>([
  ['purchase', 'bought'],
  ['view', 'viewed'],
  ['wish', 'viewed'],
  ['rate', 'viewed'],
]);
/** Two purchases, or two views, of one shopper within this time count as together, ms. */
export const togetherWithin = { bought: 60 * 60_000, viewed: 30 * 60_000 };
/** Earlier items of a visit that an event is paired with. */
export const earlierLimit = 20;
