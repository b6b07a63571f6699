/** What brings items together: one order, or one visit. */
export const pairKinds = ['bought', 'viewed'] as const;
export type PairKind = (typeof pairKinds)[number];
