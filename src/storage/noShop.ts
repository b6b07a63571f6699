import { join } from 'node:path';
import { EndcapError } from '../core/index.js';
import { hasEnvironment } from './environment.js';

/** Throws `no_store` where these parts of a shop are not in the folder: a slip in its name makes no empty shop. */
export function requireShop(
  dir: string,
  remedy = 'Say where it is with --dir',
  parts: readonly string[] = ['log'],
): void {
  if (parts.every((part) => hasEnvironment(join(dir, part)))) return;
  throw new EndcapError('no_store', `There is no shop in ${dir}`, { remedy });
}

/** The same where a part alone is enough, for what says which one is missing. */
export function requireRemains(dir: string): void {
  if (!['log', 'facts'].some((part) => hasEnvironment(join(dir, part)))) requireShop(dir);
}
