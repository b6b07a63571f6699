import { type Catalogue, openCatalogue } from '../../src/catalogue/index.js';
import type {
  Event,
  Item,
  Profile,
  ProfileEvent,
  SearchRequest,
  SearchResponse,
} from '../../src/core/index.js';
import { defaultEventTable, eventWeight } from '../../src/core/index.js';
import { Search, type SearchOptions } from '../../src/search/index.js';
import { memoryStore } from '../../src/storage/index.js';

export const now = Date.UTC(2026, 5, 1);

export async function catalogueOf(items: readonly Item[]): Promise<Catalogue> {
  const catalogue = openCatalogue(memoryStore().facts);
  await catalogue.put(items);
  return catalogue;
}

/** A shop in memory: search, its log and the profiles that a state would keep. */
export class Shop {
  readonly search: Search;
  readonly #profiles = new Map<string, ProfileEvent[]>();
  #offset = 0;

  constructor(
    readonly catalogue: Catalogue,
    options: Partial<SearchOptions> = {},
  ) {
    this.search = new Search(catalogue, {
      profile: (user): Profile => {
        const events = this.#profiles.get(user) ?? [];
        return { user, events, total: events.length, counters: {} };
      },
      clock: () => now,
      anonymity: 3,
      ...options,
    });
  }

  static async of(items: readonly Item[], options?: Partial<SearchOptions>): Promise<Shop> {
    return new Shop(await catalogueOf(items), options);
  }

  ask(query: string, more: Partial<SearchRequest> = {}): Promise<SearchResponse> {
    return this.search.search({ user: 'u', query, ...more });
  }

  async ids(query: string, more: Partial<SearchRequest> = {}): Promise<string[]> {
    return (await this.ask(query, more)).items.map(({ id }) => id);
  }

  /** Logs an event, as the engine would. */
  tell(type: string, user: string, more: Partial<Event> = {}): void {
    const event: Event = { id: `e${this.#offset}`, type, user, items: [], time: now, ...more };
    this.search.memory.apply(this.#offset++, event);
    const events = this.#profiles.get(user) ?? [];
    const weight = eventWeight(defaultEventTable, type);
    for (const { id } of event.items) events.push({ item: id, type, time: event.time, weight });
    this.#profiles.set(user, events);
  }
}
