import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { EndcapError } from '../core/index.js';
import { openEnvironment } from './environment.js';
import { requireShop } from './noShop.js';

/**
 * Copies a shop into an empty folder while it serves: each part as it is at one moment, the facts before the log and the
 * derived state not at all, since a start makes it again. What was acknowledged before the call is in it. Files that
 * are no part of the store (quarantine, reports, the configuration) are copied as they are.
 */
export async function backupStore(dir: string, to: string): Promise<void> {
  requireShop(dir);
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new EndcapError('unwritable', `The folder ${to} is not empty`, { remedy: 'Give a new folder' });
  }
  mkdirSync(to, { recursive: true });
  try {
    // What the facts number, the log may mention: numbers that came after the copy of the facts are given again.
    for (const part of ['facts', 'log']) await copyEnvironment(join(dir, part), join(to, part));
    for (const name of readdirSync(dir)) {
      if (!leftOut(name)) await cp(join(dir, name), join(to, name), { recursive: true, filter: isWhole });
    }
  } catch (error) {
    rmSync(to, { recursive: true, force: true });
    throw error;
  }
}

/** Files that take their name when they are whole. */
const isWhole = (path: string): boolean => !path.endsWith('.tmp');

/** The parts copied otherwise, what is derived, and what belongs to the process that serves. */
function leftOut(name: string): boolean {
  return ['facts', 'log', 'lock.pid'].includes(name) || /^state(\.\w+)?$/.test(name);
}

async function copyEnvironment(from: string, to: string): Promise<void> {
  mkdirSync(to, { recursive: true });
  const root = openEnvironment(from, 'Run `endcap doctor`: it says what is damaged', true);
  try {
    // Compacting, so that the copy is read page by page and holds no page that is free.
    await root.backup(to, true);
  } finally {
    await root.close();
  }
}
