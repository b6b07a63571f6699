import { Packr } from 'msgpackr';
import { type Item, unknownItem } from '../core/index.js';
import { ensureCapacity } from '../math/index.js';
import type { StateStore } from '../storage/index.js';
import { AttributeNames } from './attributeNames.js';
import { ItemDictionary } from './itemDictionary.js';
import { SharedStrings } from './sharedStrings.js';

const space = 'items';
const packr = new Packr({ useRecords: false });

export function openCatalogue(store: StateStore): Catalogue {
  return new Catalogue(store);
}

/** Fields to change; `null` removes a field. */
export type ItemPatch = { [K in keyof Omit<Item, 'id'>]?: Item[K] | null };

/**
 * The items that may be shown, in memory and in the store. A change is on disk before it is visible, so what a
 * reader has seen survives a crash. Each id has a handle, its number in the item dictionary, so that the read path can
 * index arrays by it.
 */
export class Catalogue {
  readonly dictionary: ItemDictionary;
  readonly #items: (Item | undefined)[] = [];
  readonly #strings = new SharedStrings();
  readonly #attributes = new AttributeNames();
  readonly #listeners = new Set<(handle: number) => void>();
  #shown = new Uint8Array(1024);
  /** Those with dates; few in most shops. */
  readonly #dated = new Set<number>();
  #size = 0;
  #writing: Promise<unknown> = Promise.resolve();

  constructor(store: StateStore) {
    this.dictionary = new ItemDictionary(store);
    for (const { value } of store.entries(space)) this.#keep(packr.unpack(value) as Item);
  }

  /** Items kept, withdrawn ones included. */
  get size(): number {
    return this.#size;
  }

  /** Ids with a handle that nobody put as an item: events named them. */
  get unlisted(): number {
    return this.dictionary.size - this.#size;
  }

  /** Handles ever given: all are below this. */
  get handles(): number {
    return this.dictionary.size;
  }

  /** Handle of `id`, made on first call, whether or not there is such an item. */
  handle(id: string): number {
    return this.dictionary.intern(id);
  }

  /** Whether `id` has a handle, or gets one as it is among the first so many that nobody put. */
  admit(id: string, mostUnlisted: number): boolean {
    if (this.dictionary.find(id) >= 0) return true;
    if (this.unlisted >= mostUnlisted) return false;
    this.dictionary.intern(id);
    return true;
  }

  /** Handle of `id`, −1 when it has none. */
  find(id: string): number {
    return this.dictionary.find(id);
  }

  id(handle: number): string {
    return this.dictionary.id(handle);
  }

  item(handle: number): Item | undefined {
    return this.#items[handle];
  }

  /** Whether the item may be shown: known, not withdrawn, not out of stock. */
  shown(handle: number): boolean {
    return this.#shown[handle] === 1;
  }

  /** Whether `now` is within the dates between which the item is to be shown. */
  inSeason(handle: number, now: number): boolean {
    if (!this.#dated.has(handle)) return true;
    const { from, until } = this.#items[handle]!;
    return now >= (from ?? now) && now < (until ?? Number.POSITIVE_INFINITY);
  }

  get(id: string): Item | undefined {
    return this.#items[this.find(id)];
  }

  available(id: string): boolean {
    const handle = this.find(id);
    return handle >= 0 && this.shown(handle);
  }

  *all(): Iterable<Item> {
    for (const item of this.#items) if (item) yield item;
  }

  /** Whether any item, a withdrawn one too, has this attribute of the site. */
  hasAttribute(name: string): boolean {
    return this.#attributes.has(name);
  }

  /** Calls `listener` with the handle of each item that changes from now on; returns how to stop. */
  onChange(listener: (handle: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds or replaces items; all or none, on disk when resolved. */
  put(items: readonly Item[]): Promise<void> {
    return this.#change(() => items);
  }

  /** Changes some fields of an item and resolves to the whole. `unknown_item` (404) when there is none. */
  async patch(id: string, changes: ItemPatch): Promise<Item> {
    let patched: Item | undefined;
    await this.#change(() => {
      patched = merge(this.#require(id), changes);
      return [patched];
    });
    return patched!;
  }

  /** Withdraws an item: it never appears again, but what mentions it (profiles, reasons) keeps its title. */
  async remove(id: string): Promise<void> {
    await this.patch(id, { withdrawn: true });
  }

  #require(id: string): Item {
    const item = this.get(id);
    if (item) return item;
    throw unknownItem(id);
  }

  /** One change at a time, so that a patch sees the patch before it. */
  #change(next: () => readonly Item[]): Promise<void> {
    const done = this.#writing.then(async () => {
      const items = next();
      for (const { id } of items) this.handle(id);
      await this.dictionary.save(items.map((item) => ({ space, key: item.id, value: packr.pack(item) })));
      for (const item of items) this.#keep(item);
    });
    this.#writing = done.catch(() => {});
    return done;
  }

  #keep(item: Item): void {
    const handle = this.handle(item.id);
    const before = this.#items[handle];
    if (!before) this.#size++;
    this.#attributes.replace(before, item);
    this.#items[handle] = this.#strings.share(item, this.dictionary.id(handle));
    this.#shown = ensureCapacity(this.#shown, handle);
    this.#shown[handle] = item.withdrawn || item.stock === 0 ? 0 : 1;
    if (item.from === undefined && item.until === undefined) this.#dated.delete(handle);
    else this.#dated.add(handle);
    for (const listener of this.#listeners) listener(handle);
  }
}

function merge(item: Item, changes: ItemPatch): Item {
  const merged: Record<string, unknown> = { ...item };
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) delete merged[field];
    else if (value !== undefined) merged[field] = value;
  }
  return merged as unknown as Item;
}
