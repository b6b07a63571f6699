import { openCatalogue } from '../catalogue/index.js';
import { readConfig } from '../config/index.js';
import { EndcapError, type Event, type EventTable, eventTable, type Item } from '../core/index.js';
import { openStoreToRead, type Store } from '../storage/index.js';

/** What training reads of a shop, and where its models go. */
export interface ShopContent {
  /** Where fits under way keep their place. */
  dir: string;
  /** The whole log: the place of an event is its offset. */
  events: Event[];
  catalogue: Map<string, Item>;
  objects: Store['objects'];
  /** What its events mean. */
  table: EventTable;
}

/** Reads a shop's log and catalogue, whether or not a server has the shop open. */
export async function readShop(dir: string): Promise<ShopContent> {
  const store = openStoreToRead(dir);
  try {
    const events: Event[] = [];
    for await (const block of store.log.blocks()) events.push(...block.events);
    if (events.length === 0) {
      throw new EndcapError('no_events', 'The log is empty: there is nothing to learn from', {
        remedy: 'Import data first: endcap import FILE',
      });
    }
    const catalogue = new Map([...openCatalogue(store.facts).all()].map((item) => [item.id, item]));
    if (catalogue.size === 0) {
      throw new EndcapError('empty_catalogue', 'The catalogue is empty: no model could recommend anything', {
        remedy: 'Import data with items, or send them with PUT /v1/items',
      });
    }
    return { dir, events, catalogue, objects: store.objects, table: eventTable(readConfig(dir).events) };
  } finally {
    await store.close();
  }
}
