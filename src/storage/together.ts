import { type EmbeddedLog, logRemedy } from './embeddedLog.js';
import type { EmbeddedState } from './embeddedState.js';

export const factsRemedy = 'Restore the folder facts/ from a backup';
export const lossRemedy = 'if what was in it is lost for good, run `endcap replay --accept-loss`';

/** What is wrong in one place of a store, and what to do. */
export interface Finding {
  part: 'log' | 'state' | 'facts';
  message: string;
  remedy: string;
}

/** Where the facts keep which log they belong to. */
export const logOfFacts = ['.store', 'log'] as const;

/** The facts say which log they belong to, and the log whether it had facts: a part that is missing is told. */
export function partMissing(log: EmbeddedLog, facts: EmbeddedState): Finding | undefined {
  const kept = facts.get(...logOfFacts);
  const known = kept && Buffer.from(kept).toString();
  if (known === log.identity) return undefined;
  if (known !== undefined) {
    const what = log.head === 0 ? 'log/ is empty or missing' : 'log/ is that of another shop';
    const message = `The folder ${what}: facts/ was kept beside another log`;
    return { part: 'log', message, remedy: `${logRemedy}; ${lossRemedy}` };
  }
  if (!log.hasFacts) return undefined;
  const message = 'The folder facts/ (the catalogue) is empty or missing';
  return { part: 'facts', message, remedy: `${factsRemedy}; ${lossRemedy}` };
}
