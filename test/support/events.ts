import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { Event } from '../../src/core/index.js';
import type { EventLog } from '../../src/storage/index.js';

/** A fresh folder that is gone after the test. */
export function scratch(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export const day = 86_400_000;
export const start = Date.UTC(2026, 0, 1);

/** An event with everything a test does not care about filled in. */
export function event(fields: Partial<Event> & { id: string }): Event {
  return { type: 'view', user: 'u1', items: [{ id: 'a' }], time: start, ...fields };
}

/** The events of a log from `from` on. */
export async function logged(log: EventLog, from = 0, to?: number): Promise<Event[]> {
  const events: Event[] = [];
  for await (const { event } of log.read(from, to)) events.push(event);
  return events;
}
