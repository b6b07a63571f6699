import { Packr } from 'msgpackr';
import type { ObjectStore } from '../../storage/index.js';
import type { TrainedIntent } from './train.js';

const key = 'marketing/intent.bin';
const packr = new Packr({ useRecords: false, moreTypes: true });

/** Trees, and how many visits had ended when they were learned. */
export type SavedIntent = TrainedIntent & { visits?: number };

/** The trees that a shop has trained; undefined before the first. */
export async function readTrained(objects: ObjectStore): Promise<SavedIntent | undefined> {
  const bytes = await objects.get(key);
  return bytes && (packr.unpack(bytes) as SavedIntent);
}

export async function writeTrained(objects: ObjectStore, trained: SavedIntent): Promise<void> {
  await objects.put(key, packr.pack(trained));
}
