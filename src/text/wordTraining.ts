import { type Aside, aside } from '../core/index.js';
import type { WordVectorOptions, WordVectors } from './wordVectors.js';

/** `trainWordVectors` in a thread of its own. */
export const trainWordVectorsAside = (
  texts: readonly string[],
  options: WordVectorOptions,
): Aside<WordVectors> => aside(new URL('./wordThread.js', import.meta.url), { texts, options });
