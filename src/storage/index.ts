import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { EndcapError } from '../core/index.js';
import { EmbeddedLog } from './embeddedLog.js';
import { damagedOf, EmbeddedDerived, EmbeddedState } from './embeddedState.js';
import { FileObjects } from './files.js';
import { lockFolder } from './lock.js';
import { requireShop } from './noShop.js';
import { Ownership } from './ownership.js';
import type { Store } from './ports.js';
import { scrub } from './scrub.js';
import { factsRemedy, logOfFacts, lossRemedy, partMissing } from './together.js';

export { backupStore } from './backup.js';
export { type Examination, examineStore } from './doctor.js';
export { memoryStore } from './memory.js';
export { requireRemains, requireShop } from './noShop.js';
export { packAlone, packObject, unpackAlone, unpackObject } from './packing.js';
export type * from './ports.js';
export type { Finding } from './together.js';

const stateRemedy = 'Run `endcap replay`: it is rebuilt from the log';

export interface OpenOptions {
  /** The derived state is about to be made anew: one that is damaged is put aside. */
  renew?: boolean;
  /** What is missing of the log or the facts is lost for good: go on with what there is. */
  acceptLoss?: boolean;
}

/**
 * Opens or makes the embedded store: `log/`, `state/` (derived), `facts/` (catalogue) and `objects/` under `dir`. Throws
 * `store_locked` where another process has it, `store_corrupt` where a part is damaged, missing or of another store.
 */
export function openStore(dir: string, options: OpenOptions = {}): Store {
  mkdirSync(join(dir, 'objects'), { recursive: true });
  const release = lockFolder(dir);
  const ownership = new Ownership();
  const opened: { close(): Promise<void> }[] = [];
  const keep = <Part extends { close(): Promise<void> }>(part: Part): Part => {
    opened.push(part);
    return part;
  };
  try {
    const log = keep(new EmbeddedLog(join(dir, 'log'), ownership));
    const facts = keep(new EmbeddedState(join(dir, 'facts'), `${factsRemedy}; ${lossRemedy}`, ownership));
    requireTogether(log, facts, options.acceptLoss === true);
    const state = keep(openDerived(join(dir, 'state'), ownership, options.renew === true));
    const close = async (): Promise<void> => {
      for (const part of opened) await part.close();
      release();
    };
    const scrubAll = async (): Promise<boolean> => {
      await state.forgetAttempts();
      const done = [];
      for (const [name, part] of Object.entries({ log, state, facts }))
        done.push(await scrub(part.environment, join(dir, name, 'data.mdb')));
      return done.every(Boolean);
    };
    return {
      log,
      state,
      facts,
      objects: new FileObjects(join(dir, 'objects')),
      verify: (options) => log.verify(options),
      scrub: scrubAll,
      close,
    };
  } catch (error) {
    for (const part of opened) void part.close();
    release();
    throw error;
  }
}

function openDerived(dir: string, ownership: Ownership, renew: boolean): EmbeddedDerived {
  try {
    return new EmbeddedDerived(dir, stateRemedy, ownership);
  } catch (error) {
    if (!renew) throw error;
    rmSync(damagedOf(dir), { recursive: true, force: true });
    renameSync(dir, damagedOf(dir));
    return new EmbeddedDerived(dir, stateRemedy, ownership);
  }
}

function requireTogether(log: EmbeddedLog, facts: EmbeddedState, acceptLoss: boolean): void {
  const missing = partMissing(log, facts);
  if (missing && !acceptLoss)
    throw new EndcapError('store_corrupt', missing.message, { remedy: missing.remedy });
  if (log.hasFacts && !missing) return;
  facts.putNow(...logOfFacts, Buffer.from(log.identity));
  log.noteFacts();
}

/**
 * The same folder for reading beside a process that has it open: the log and the facts as they are on disk, and
 * objects, which are whole files. Training uses it, so a shop goes on serving while it learns.
 */
export function openStoreToRead(dir: string): Pick<Store, 'log' | 'facts' | 'objects' | 'close'> {
  requireShop(dir, 'Import data first: endcap import FILE', ['log', 'facts']);
  const log = new EmbeddedLog(join(dir, 'log'), undefined);
  const facts = new EmbeddedState(join(dir, 'facts'), factsRemedy, undefined);
  const close = async (): Promise<void> => {
    await log.close();
    await facts.close();
  };
  return { log, facts, objects: new FileObjects(join(dir, 'objects')), close };
}
