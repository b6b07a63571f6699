import type { Event, EventItem } from '../core/index.js';
import { type Duck, streamed } from './duck.js';

/** The columns that `readEvents` asks for, in this order. */
type Line = [
  id: string,
  type: string,
  user: string,
  time: bigint,
  session: string | null,
  value: number | null,
  query: string | null,
  currency: string | null,
  attribution: string | null,
  context: string | null,
  item: string | null,
  quantity: number,
  price: number | null,
];

/** Lines come sorted by time, then as the files have them; those of one event together. */
export async function* readEvents(
  duck: Duck,
  size: number,
  currency: string | undefined,
): AsyncIterable<Event[]> {
  let batch: Event[] = [];
  let open: Event | undefined;
  const sql = `SELECT id, type, user_id, began, coalesce(session, order_id), value, query, currency, attribution,
      context, item, quantity, price
    FROM grouped ORDER BY began, place, n, item`;
  for await (const lines of streamed<Line>(duck.connection, sql)) {
    for (const line of lines) {
      if (open?.id !== line[0]) {
        if (open && batch.push(open) === size) {
          yield batch;
          batch = [];
        }
        open = eventOf(line, currency);
      }
      const item = lineOf(line);
      if (item) open.items.push(item);
    }
  }
  if (open) batch.push(open);
  if (batch.length > 0) yield batch;
}

function eventOf(line: Line, shopCurrency: string | undefined): Event {
  const [id, type, user, time, session, value, query, currency, attribution, context, , , price] = line;
  const event: Event = { id, type, user, items: [], time: Number(time) };
  if (session !== null) event.session = session;
  if (value !== null) event.value = value;
  if (query !== null) event.query = query;
  if (currency !== null) event.currency = currency;
  else if (shopCurrency && price !== null) event.currency = shopCurrency;
  if (attribution !== null) event.attribution = attribution;
  if (context !== null) event.context = JSON.parse(context);
  return event;
}

function lineOf(line: Line): EventItem | undefined {
  const [, type, , , , , , , , , id, quantity, price] = line;
  if (id === null) return undefined;
  const item: EventItem = { id };
  if (type === 'purchase' || quantity !== 1) item.quantity = quantity;
  if (price !== null) item.price = price;
  return item;
}
