import type { EventItem } from '../../../src/core/index.js';

const remembered = 2_000;

/** Remembers which recommendation or search showed an item last, so that what the shopper does with it can be credited. */
export class Attribution {
  readonly #shown = new Map<string, string>();

  note(answerId: string, items: readonly { id: string }[]): void {
    for (const { id } of items) {
      this.#shown.delete(id);
      this.#shown.set(id, answerId);
    }
    for (const id of this.#shown.keys()) {
      if (this.#shown.size <= remembered) break;
      this.#shown.delete(id);
    }
  }

  /** The recommendation that showed all of these items; undefined where they came from several or from none. */
  of(items: readonly EventItem[]): string | undefined {
    const first = this.#shown.get(items[0]?.id ?? '');
    return items.every((item) => this.#shown.get(item.id) === first) ? first : undefined;
  }
}
