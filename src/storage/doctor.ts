import { join } from 'node:path';
import { EndcapError } from '../core/index.js';
import { EmbeddedLog } from './embeddedLog.js';
import { EmbeddedState } from './embeddedState.js';
import { hasEnvironment } from './environment.js';

/** What is wrong in one place of a store, and what to do. */
export interface Finding {
  part: 'log' | 'state' | 'facts';
  message: string;
  remedy: string;
}

/** What a walk through a store saw. */
export interface Examination {
  events: number;
  records: number;
  findings: Finding[];
}

const remedies = {
  log: 'Restore the folder log/ from a backup',
  state: 'Run `endcap replay`: it is rebuilt from the log',
  facts: 'Restore the folder facts/ from a backup',
} as const;

/**
 * Walks everything of a store, changing nothing: every page of every file, every event and every record. It may be
 * serving meanwhile: pages cannot be walked then, what is in them is. `report` is told the events read.
 */
export async function examineStore(
  dir: string,
  report: (done: number, total: number) => void,
): Promise<Examination> {
  if (!hasEnvironment(join(dir, 'log'))) {
    throw new EndcapError('no_store', `There is no shop in ${dir}`, {
      remedy: 'Give the folder of the shop: --dir',
    });
  }
  const examination: Examination = { events: 0, records: 0, findings: [] };
  const find = (part: Finding['part'], message: string): void => {
    examination.findings.push({ part, message, remedy: remedies[part] });
  };
  await guarded(
    (message) => find('log', message),
    async () => {
      const log = new EmbeddedLog(join(dir, 'log'), undefined);
      try {
        await log.verify({
          found: (what) => find('log', what),
          report: (done) => {
            examination.events = done;
            report(done, log.head);
          },
        });
      } finally {
        await log.close();
      }
    },
  );
  for (const part of ['facts', 'state'] as const) {
    if (hasEnvironment(join(dir, part))) {
      await guarded(
        (message) => find(part, message),
        () => walkRecords(join(dir, part), remedies[part], examination),
      );
    } else if (part === 'facts') find(part, 'The folder facts/ is missing');
  }
  return examination;
}

async function walkRecords(dir: string, remedy: string, examination: Examination): Promise<void> {
  const records = new EmbeddedState(dir, remedy, undefined);
  try {
    for (const _ of records.all()) examination.records++;
  } finally {
    await records.close();
  }
}

async function guarded(found: (message: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EndcapError)) throw error;
    found(error.message);
  }
}
