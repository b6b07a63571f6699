import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { open, type RootDatabase } from 'lmdb';
import { EndcapError } from '../core/index.js';
import { checkDataFile, corrupt } from './check.js';
import { EmbeddedLog, logRemedy } from './embeddedLog.js';
import { EmbeddedState } from './embeddedState.js';
import { FileObjects } from './files.js';
import { lockFolder } from './lock.js';
import type { Store } from './ports.js';
import { scrub } from './scrub.js';

export { diskFull, isDiskFull } from './check.js';
export { memoryStore } from './memory.js';
export type * from './ports.js';

const stateRemedy = 'Delete the folder state/ and run `endcap replay`: it is derived from the log';
const factsRemedy = 'Restore the folder facts/ from a backup, or delete it and put the items again';

/** Opens or makes the embedded store: `log/`, `state/` (derived), `facts/` (catalogue) and `objects/` under `dir`. */
export function openStore(dir: string): Store {
  for (const part of ['log', 'state', 'facts', 'objects']) mkdirSync(join(dir, part), { recursive: true });
  const release = lockFolder(dir);
  const opened: RootDatabase[] = [];
  const environment = (part: string, remedy: string): RootDatabase => {
    const root = openEnvironment(join(dir, part), remedy);
    opened.push(root);
    return root;
  };
  try {
    const log = new EmbeddedLog(environment('log', logRemedy), join(dir, 'log'));
    const state = new EmbeddedState(
      environment('state', stateRemedy) as never,
      join(dir, 'state'),
      stateRemedy,
    );
    const facts = new EmbeddedState(
      environment('facts', factsRemedy) as never,
      join(dir, 'facts'),
      factsRemedy,
    );
    const close = async (): Promise<void> => {
      await log.settle();
      for (const root of opened) await root.close();
      release();
    };
    const scrubAll = async (): Promise<boolean> => {
      const done = [];
      for (const [at, part] of ['log', 'state', 'facts'].entries())
        done.push(await scrub(opened[at]!, join(dir, part, 'data.mdb')));
      return done.every(Boolean);
    };
    return { log, state, facts, objects: new FileObjects(join(dir, 'objects')), scrub: scrubAll, close };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * The same folder for reading beside a process that has it open: the log and the facts as they are on disk, and
 * objects, which are whole files. Training uses it, so a shop goes on serving while it learns.
 */
export function openStoreToRead(dir: string): Pick<Store, 'log' | 'facts' | 'objects' | 'close'> {
  const roots = [
    ['log', logRemedy],
    ['facts', factsRemedy],
  ].map(([part, remedy]) => {
    const folder = join(dir, part!);
    if (!existsSync(join(folder, 'data.mdb'))) {
      throw new EndcapError('no_store', `There is no shop in ${dir}`, {
        remedy: 'Import data first: endcap import FILE',
      });
    }
    return openEnvironment(folder, remedy!, true);
  });
  const [log, facts] = roots as [RootDatabase, RootDatabase];
  const close = async (): Promise<void> => {
    for (const root of roots) await root.close();
  };
  return {
    log: new EmbeddedLog(log, join(dir, 'log')),
    facts: new EmbeddedState(facts as never, join(dir, 'facts'), factsRemedy),
    objects: new FileObjects(join(dir, 'objects')),
    close,
  };
}

/**
 * `overlappingSync` off: a commit's promise resolves after the flush, which is what "acknowledged" means here.
 * `eventTurnBatching` off: it makes promises of its own, and one that nobody looks at ends the process when the disk
 * is full. Every write here is a transaction anyway.
 */
function openEnvironment(dir: string, remedy: string, readOnly = false): RootDatabase {
  const path = join(dir, 'data.mdb');
  checkDataFile(path, remedy, readOnly);
  try {
    return open({
      path: dir,
      noSubdir: false,
      maxDbs: 4,
      encoding: 'binary',
      overlappingSync: false,
      eventTurnBatching: false,
      readOnly,
    });
  } catch (cause) {
    throw corrupt(path, cause instanceof Error ? cause.message : String(cause), remedy, cause);
  }
}
