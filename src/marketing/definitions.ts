import type { ObjectStore } from '../storage/index.js';
import type { Audience } from './audiences/audiences.js';
import type { Offer } from './offers/offer.js';

const key = 'marketing/definitions.json';

/** What an operator has saved: facts, not derived from the log. */
export interface Definitions {
  audiences: Audience[];
  offers: Offer[];
}

export async function readDefinitions(objects: ObjectStore): Promise<Definitions> {
  const bytes = await objects.get(key);
  if (!bytes) return { audiences: [], offers: [] };
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as Definitions;
}

export async function writeDefinitions(objects: ObjectStore, definitions: Definitions): Promise<void> {
  await objects.put(key, Buffer.from(JSON.stringify(definitions)));
}
