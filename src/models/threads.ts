import { availableParallelism } from 'node:os';

/** Threads of a training step and of scoring in bulk: more than two earn little on matrices as small as ours. */
export const threads = Math.min(2, availableParallelism());
