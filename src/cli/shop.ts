import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readConfig } from '../config/index.js';
import { EndcapError, type Progress, packageRoot, warn } from '../core/index.js';
import { type Mapping, parseMappingText, sweepScratch } from '../prepare/index.js';
import { stateOptions } from '../projections/index.js';
import { type Engine, openEngine } from '../recommend/index.js';
import { openStore } from '../storage/index.js';
import { Registry } from '../train/index.js';

/** The built pages of a shop to look at. */
export const storefrontSite = join(packageRoot, 'dist/apps/storefront');

/** Opens a shop. `serving`: under its policy, with a model that goes on learning. */
export async function openShop(dir: string, progress: Progress, serving = false): Promise<Engine> {
  const config = readConfig(dir);
  const state = stateOptions(config);
  sweepScratch(dir);
  const store = openStore(dir);
  return openEngine({
    store,
    state,
    unlistedItems: config.limits?.unlistedItems,
    progress,
    models: new Registry(store.objects),
    ...(serving ? { online: true, policy: join(dir, 'policy.json') } : { onDemand: true }),
    warn,
  });
}

export function readMapping(path: string | undefined): Mapping | undefined {
  if (!path) return undefined;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new EndcapError('invalid_mapping', `Cannot read the mapping ${path}`, {
      remedy: 'It is a JSON file',
      cause,
    });
  }
  return parseMappingText(text, path);
}

/** An option that must be a whole number, 0 or more. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0) return value;
  throw new EndcapError('invalid_option', `${name} is "${text}"`, { remedy: 'Give a whole number' });
}

export function atLeastOne(name: string, text: string): number {
  const value = wholeNumber(name, text);
  if (value > 0) return value;
  throw new EndcapError('invalid_option', `${name} is "${text}"`, {
    remedy: 'Give a whole number from 1 on',
  });
}
