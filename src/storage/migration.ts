import type { Database, RootDatabase } from 'lmdb';
import { Packr } from 'msgpackr';
import type { Event } from '../core/index.js';
import { sealedLength } from './seal.js';

/**
 * Endcap before 0.1 kept an event a record, under its offset, at first without a checksum. Such a log is copied into
 * blocks the first time it is opened, in one transaction; the records stay where they are, and are not looked at again.
 */
const name = 'events';
const packr = new Packr({ useRecords: false });

/** Whether there is a log of the earlier kind that was not copied yet. */
export function isEarlier(root: RootDatabase): boolean {
  const names = [...root.getKeys()].map(String);
  return names.includes(name) && !names.includes('blocks');
}

/** Its events in order. */
export function* earlierEvents(root: RootDatabase): Iterable<Event> {
  const events: Database<Buffer, number> = root.openDB({ name, encoding: 'binary', keyEncoding: 'uint32' });
  for (const { value } of events.getRange({}))
    yield packr.unpack(value.subarray(0, lengthOf(value))) as Event;
}

function lengthOf(bytes: Buffer): number {
  try {
    return sealedLength(bytes);
  } catch {
    return bytes.length;
  }
}
