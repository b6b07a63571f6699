import { Packr } from 'msgpackr';
import { type Event, type EventItem, erasedEvent, isErased } from '../core/index.js';

/** The fields of an event in the order they are kept; the last ones may be absent. */
type Row = [
  id: string,
  type: string,
  user: string,
  time: number,
  items: (string | number | null)[],
  ...rest: unknown[],
];
const optional = [
  'session',
  'query',
  'value',
  'currency',
  'context',
  'attribution',
  'key',
  'received',
  'robot',
  'consent',
] as const;
/** Behind the optional fields, where there are any: the places of the items that are not listed. */
const unlistedAt = 5 + optional.length;
const cellsPerItem = 3;

const packr = new Packr({ useRecords: false });

/** Events as one MessagePack array of rows: names of fields, said once per event, would be half of what is kept. */
export function packEvents(events: readonly Event[]): Buffer {
  return packr.pack(events.map(toRow));
}

/** The events in the first `size` bytes. */
export function unpackEvents(bytes: Uint8Array, size = bytes.length): Event[] {
  const rows = packr.unpack(bytes, size as never) as (Row | typeof erased)[];
  return rows.map(fromRow);
}

/** Instead of a row: an event that was erased. */
const erased = 0;

function toRow(event: Event): Row | typeof erased {
  if (isErased(event)) return erased;
  const { id, type, user, time, items } = event;
  // As long as it will be: one that grows takes room for sixteen.
  const cells: Row[4] = new Array(cellsPerItem * items.length);
  for (let at = 0; at < items.length; at++) {
    const { id, quantity, price } = items[at]!;
    cells[cellsPerItem * at] = id;
    cells[cellsPerItem * at + 1] = quantity ?? null;
    cells[cellsPerItem * at + 2] = price ?? null;
  }
  const unlisted = unlistedPlaces(items);
  // As most events are: no list is made of what they lack.
  if (!unlisted && !hasOptional(event)) return [id, type, user, time, cells];
  const row = wholeRow(event, cells);
  if (unlisted) row.push(unlisted);
  else while (row[row.length - 1] === null) row.pop();
  return row;
}

/** By name each, for by a list of names it takes several times as long. */
function hasOptional(event: Event): boolean {
  const { session, query, value, currency, context, attribution, key, received, robot, consent } = event;
  return (
    session !== undefined ||
    query !== undefined ||
    value !== undefined ||
    currency !== undefined ||
    context !== undefined ||
    attribution !== undefined ||
    key !== undefined ||
    received !== undefined ||
    robot !== undefined ||
    consent !== undefined
  );
}

/** The row with all optional fields, in their order. */
function wholeRow(event: Event, cells: Row[4]): Row {
  const { id, type, user, time } = event;
  const { session = null, query = null, value = null, currency = null, context = null } = event;
  const { attribution = null, key = null, received = null, robot = null, consent = null } = event;
  return [
    id,
    type,
    user,
    time,
    cells,
    session,
    query,
    value,
    currency,
    context,
    attribution,
    key,
    received,
    robot,
    consent,
  ];
}

/** Places of the items that are not listed; undefined where all are. */
function unlistedPlaces(items: readonly EventItem[]): number[] | undefined {
  let places: number[] | undefined;
  for (let at = 0; at < items.length; at++)
    if (items[at]!.unlisted) {
      places ??= [];
      places.push(at);
    }
  return places;
}

function fromRow(row: Row | typeof erased): Event {
  if (row === erased) return erasedEvent();
  const [id, type, user, time, cells] = row;
  const event: Event = { id, type, user, items: [], time };
  for (let at = 0; at < cells.length; at += cellsPerItem) event.items.push(toItem(cells, at));
  if (row.length > unlistedAt) {
    for (const place of row[unlistedAt] as number[]) event.items[place]!.unlisted = true;
  }
  for (let at = 5; at < row.length && at < unlistedAt; at++) {
    if (row[at] !== null) event[optional[at - 5]!] = row[at] as never;
  }
  return event;
}

function toItem(cells: Row[4], at: number): EventItem {
  const id = cells[at] as string;
  const quantity = cells[at + 1] as number | null;
  const price = cells[at + 2] as number | null;
  // The usual shape at once: an object that grows field by field is slower and larger.
  if (quantity !== null && price !== null) return { id, quantity, price };
  const item: EventItem = { id };
  if (quantity !== null) item.quantity = quantity;
  if (price !== null) item.price = price;
  return item;
}
