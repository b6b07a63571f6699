import { Packr } from 'msgpackr';
import type { ObjectStore } from '../../storage/index.js';
import type { TrainedIntent } from './train.js';

const key = 'marketing/intent.bin';
const packr = new Packr({ useRecords: false, moreTypes: true });

/** The trees that a shop has trained; undefined before the first. */
export async function readTrained(objects: ObjectStore): Promise<TrainedIntent | undefined> {
  const bytes = await objects.get(key);
  return bytes && (packr.unpack(bytes) as TrainedIntent);
}

export async function writeTrained(objects: ObjectStore, trained: TrainedIntent): Promise<void> {
  await objects.put(key, packr.pack(trained));
}
