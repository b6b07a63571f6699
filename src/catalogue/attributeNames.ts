import type { Item } from '../core/index.js';

/** How many items have each attribute of the site: what a filter names and no item has is told to whoever wrote it. */
export class AttributeNames {
  readonly #items = new Map<string, number>();

  has(name: string): boolean {
    return this.#items.has(name);
  }

  /** An item is put in the place of the one that had its id before. */
  replace(before: Item | undefined, after: Item): void {
    for (const name of Object.keys(after.attributes ?? {}))
      this.#items.set(name, (this.#items.get(name) ?? 0) + 1);
    for (const name of Object.keys(before?.attributes ?? {})) {
      const left = this.#items.get(name)! - 1;
      if (left > 0) this.#items.set(name, left);
      else this.#items.delete(name);
    }
  }
}
