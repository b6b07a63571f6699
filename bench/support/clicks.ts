import { join } from 'node:path';
import type { Event, Item } from '../../src/core/index.js';
import { lines } from './datasets.js';

/** The RecSys 2015 slice as a shop: each session a shopper, each click a view, in time order; items without titles. */
export function clickEvents(data: string): { events: Event[]; items: Item[] } | undefined {
  const folder = join(data, 'rsc15-100k');
  const [before, last] = ['train_full.tsv.gz', 'test.tsv.gz'].map((file) => lines(folder, file)?.slice(1));
  if (!before || !last) return undefined;
  const events = [
    ...before.map((line, at) => clickOf(line, `a${at}`, 'train')),
    ...last.map((line, at) => clickOf(line, `b${at}`, 'test')),
  ].sort((a, b) => a.time - b.time);
  const ids = new Set(events.map(({ items }) => items[0]!.id));
  return { events, items: [...ids].map((id) => ({ id })) };
}

function clickOf(line: string, id: string, part: string): Event {
  const [session, item, seconds] = line.split('\t');
  const time = Math.round(1000 * Number(seconds));
  return { id, type: 'view', user: `${part}-${session}`, items: [{ id: item! }], time };
}
