import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Event, type Item, silent } from '../../src/core/index.js';
import {
  type CleaningReport,
  type Mapping,
  type PrepareOptions,
  prepareFiles,
} from '../../src/prepare/index.js';

export const now = Date.UTC(2026, 0, 1);
const folder = fileURLToPath(new URL('../../../test/prepare/trials/', import.meta.url));
export const trial = (name: string): string => join(folder, name);

export interface Read {
  report: CleaningReport;
  settled: Mapping;
  events: Event[];
  items: Item[];
}

/** All that an import makes of files. */
export async function read(paths: string[], options: Partial<PrepareOptions> = {}): Promise<Read> {
  const prepared = await prepareFiles(paths, { now, progress: silent, ...options });
  try {
    const events: Event[] = [];
    for await (const batch of prepared.batches(100)) events.push(...batch);
    const { report, settled, items } = prepared;
    return { report, settled, events, items };
  } finally {
    await prepared.close();
  }
}

export const reasonsOf = (report: CleaningReport): Record<string, number> =>
  Object.fromEntries(report.reasons.map(({ reason, rows }) => [reason, rows]));

export const iso = (time: number): string => new Date(time).toISOString();

/** An event on a line, for people to compare. */
export function shown({ time, type, user, value, items, currency }: Event): string {
  const lines = items.map(
    ({ id, quantity = 1, price }) => `${quantity}x${id}${price === undefined ? '' : `@${price}`}`,
  );
  return [iso(time), type, user, value, ...lines, currency].filter((part) => part !== undefined).join(' ');
}
