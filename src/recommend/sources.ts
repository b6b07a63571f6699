/**
 * What `home` fuses: the model, live statistics of the session (of all time, of the last day, of the last hours), what is
 * popular.
 */
export const sources = ['model', 'session', 'today', 'hours', 'popular'] as const;
export type SourceWeights = Record<(typeof sources)[number], number>;
