import { join } from 'node:path';
import { EndcapError } from '../core/index.js';
import { EmbeddedLog, logRemedy } from './embeddedLog.js';
import { EmbeddedState } from './embeddedState.js';
import { hasEnvironment } from './environment.js';
import { requireShop } from './noShop.js';
import type { StateStore } from './ports.js';
import { type Finding, factsRemedy, partMissing } from './together.js';

/** What a walk through a store saw. */
export interface Examination {
  events: number;
  records: number;
  findings: Finding[];
}

const remedies = {
  log: logRemedy,
  state: 'Run `endcap replay`: it is rebuilt from the log',
  facts: factsRemedy,
} as const;

/**
 * Walks everything of a store, changing nothing: every page of every file, every event and every record. It may be
 * serving meanwhile: pages cannot be walked then, what is in them is. And whether its parts belong together: `eventsIn` says
 * how many events a derived state was made from. `report` is told the events read.
 */
export async function examineStore(
  dir: string,
  report: (done: number, total: number) => void,
  eventsIn: (state: StateStore) => number = () => 0,
): Promise<Examination> {
  requireShop(dir);
  const examination: Examination = { events: 0, records: 0, findings: [] };
  const find = (part: Finding['part'], message: string): void => {
    examination.findings.push({ part, message, remedy: remedies[part] });
  };
  // Before the log: beside a server both go on.
  const derived = await eventsOfState(join(dir, 'state'), eventsIn);
  await guarded(
    (message) => find('log', message),
    async () => {
      const log = new EmbeddedLog(join(dir, 'log'), undefined);
      try {
        if (log.head < derived)
          find('log', `It ends at event ${log.head}, and the state was made from ${derived}`);
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
  if (hasEnvironment(join(dir, 'facts'))) await lookTogether(dir, examination.findings);
  return examination;
}

/** 0 where it cannot be read: that is found by the walk. */
async function eventsOfState(dir: string, eventsIn: (state: StateStore) => number): Promise<number> {
  let events = 0;
  if (!hasEnvironment(dir)) return events;
  await guarded(
    () => {},
    async () => {
      const state = new EmbeddedState(dir, remedies.state, undefined);
      try {
        events = eventsIn(state);
      } finally {
        await state.close();
      }
    },
  );
  return events;
}

async function walkRecords(dir: string, remedy: string, examination: Examination): Promise<void> {
  const records = new EmbeddedState(dir, remedy, undefined);
  try {
    for (const _ of records.all()) examination.records++;
  } finally {
    await records.close();
  }
}

/** Whether the facts are those of the log; where one of them cannot be read, that is told already. */
async function lookTogether(dir: string, findings: Finding[]): Promise<void> {
  const opened: { close(): Promise<void> }[] = [];
  await guarded(
    () => {},
    async () => {
      const log = new EmbeddedLog(join(dir, 'log'), undefined);
      opened.push(log);
      const facts = new EmbeddedState(join(dir, 'facts'), remedies.facts, undefined);
      opened.push(facts);
      const missing = partMissing(log, facts);
      if (missing) findings.unshift(missing);
    },
  );
  for (const part of opened) await part.close();
}

async function guarded(found: (message: string) => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof EndcapError)) throw error;
    found(error.message);
  }
}
