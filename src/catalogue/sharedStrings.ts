import type { Item } from '../core/index.js';

/** Values remembered at a time: what a shop has few of is there again soon after they are forgotten. */
const remembered = 4_096;
/** Fields that many items say the same in. */
const fields = ['category', 'brand', 'currency'] as const;

/** Of what many items say, one string for all of them: each that is read from JSON or from the store is one of its own. */
export class SharedStrings {
  readonly #known = new Map<string, string>();

  /** The item with its `id` as the dictionary has it, and what others say as they have it. */
  share(item: Item, id: string): Item {
    const shared = { ...item, id };
    for (const field of fields) {
      const value = shared[field];
      if (value !== undefined) shared[field] = this.#one(value);
    }
    return shared;
  }

  #one(value: string): string {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    if (this.#known.size >= remembered) this.#known.clear();
    this.#known.set(value, value);
    return value;
  }
}
