/** What `home` fuses: the model, live statistics of the session, what is popular. */
export const sources = ['model', 'session', 'popular'] as const;
export type SourceWeights = Record<(typeof sources)[number], number>;
