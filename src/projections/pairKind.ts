/** What brings items together: one order, or one visit. */
export const pairKinds = ['bought', 'viewed'] as const;
export type PairKind = (typeof pairKinds)[number];

/** Types of events that bring items together. */
export const pairKindOf = new Map<string, PairKind>([
  ['purchase', 'bought'],
  ['view', 'viewed'],
  ['click', 'viewed'],
]);
/** Two purchases, or two views, of one shopper within this time count as together, ms. */
export const togetherWithin = { bought: 60 * 60_000, viewed: 30 * 60_000 };
/** Earlier items of a visit that an event is paired with. */
export const earlierLimit = 20;
