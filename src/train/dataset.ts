import { createHash } from 'node:crypto';
import {
  countsForAll,
  type Event,
  type EventTable,
  eventWeight,
  type Item,
  isErased,
  ratingOf,
  Vocabulary,
} from '../core/index.js';
import type { Dataset } from '../models/index.js';
import { ownersOf } from '../projections/index.js';
import { whatHolds } from './takenBack.js';

/** Items nobody touched that a model may hold in any case; beyond that at most as many as were touched. */
const fewUntouched = 1_000;

/**
 * Training data from events in log order: positive interactions that nothing took back (`whatHolds`), grouped by
 * shopper, in time order inside one. What an anonymous shopper did before an `identify` event is the known one's; see `ownersOf`.
 */
export function datasetFromEvents(
  events: readonly Event[],
  table: EventTable,
  catalogue?: ReadonlyMap<string, Item>,
): Dataset {
  const owners = ownersOf(events);
  const holds = whatHolds(events, owners, table);
  const byUser = new Map<string, { item: string; time: number; weight: number; rating: number }[]>();
  const ids = new Set<string>();
  let until = 0;
  for (const [at, event] of events.entries()) {
    const weight = eventWeight(table, event.type);
    if (weight <= 0) continue;
    const user = owners[at]!;
    const rows = byUser.get(user) ?? [];
    until = Math.max(until, event.time);
    for (const { id } of event.items) {
      if (!holds(at, id)) continue;
      rows.push({ item: id, time: event.time, weight, rating: ratingOf(event) });
      ids.add(id);
    }
    if (rows.length > 0) byUser.set(user, rows);
  }
  const items = new Vocabulary([...ids].sort());
  const start = new Uint32Array(byUser.size + 1);
  const all = [...byUser.values()].flatMap((rows, user) => {
    start[user + 1] = start[user]! + rows.length;
    return rows.sort((a, b) => a.time - b.time);
  });
  return {
    users: new Vocabulary([...byUser.keys()]),
    items,
    start,
    item: Uint32Array.from(all, ({ item }) => items.row(item)),
    time: Float64Array.from(all, ({ time }) => time),
    weight: Float32Array.from(all, ({ weight }) => weight),
    rating: Float32Array.from(all, ({ rating }) => rating),
    ...(catalogue
      ? { catalogue: items.ids.map((id) => catalogue.get(id)), untouched: untouchedOf(catalogue, ids) }
      : {}),
    until,
  };
}

/** Entries with a title of what nobody touched and is not withdrawn: the newest where they are more than the others. */
function untouchedOf(catalogue: ReadonlyMap<string, Item>, touched: ReadonlySet<string>): Item[] {
  const all = [...catalogue.values()].filter(
    ({ id, title, withdrawn }) => title && !withdrawn && !touched.has(id),
  );
  return all.slice(-Math.max(fewUntouched, touched.size));
}

/** The events that models may learn from: nobody's that was erased, no robot's, none without consent, no invented items. */
export function countedEvents(events: readonly Event[]): Event[] {
  const counted = events.filter((event) => !isErased(event) && countsForAll(event));
  return counted.map((event) =>
    event.items.some(({ unlisted }) => unlisted)
      ? { ...event, items: event.items.filter(({ unlisted }) => !unlisted) }
      : event,
  );
}

/** Hash of the interactions a model learned from: equal data, equal fingerprint. */
export function fingerprint(data: Dataset): string {
  const hash = createHash('sha256');
  hash.update(data.items.ids.join('\0')).update(data.users.ids.join('\0'));
  for (const column of [data.start, data.item, data.time, data.weight, data.rating]) {
    hash.update(new Uint8Array(column.buffer, column.byteOffset, column.byteLength));
  }
  return hash.digest('hex').slice(0, 16);
}
