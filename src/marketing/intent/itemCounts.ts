import { ensureCapacity } from '../../math/index.js';

export interface PackedCounts {
  views: Uint32Array;
  bought: Uint32Array;
}

/** How often items were viewed and bought, by their number in the item dictionary; −1 is of an item that counts nowhere. */
export class ItemCounts {
  #views = new Uint32Array(1_024);
  #bought = new Uint32Array(1_024);
  /** All that were counted are below this. */
  #end = 0;

  views(item: number): number {
    return item >= 0 && item < this.#end ? this.#views[item]! : 0;
  }

  bought(item: number): number {
    return item >= 0 && item < this.#end ? this.#bought[item]! : 0;
  }

  add(item: number, views: number, bought: number): void {
    if (item < 0) return;
    this.#views = ensureCapacity(this.#views, item);
    this.#bought = ensureCapacity(this.#bought, item);
    this.#views[item]! += views;
    this.#bought[item]! += bought;
    if (item >= this.#end) this.#end = item + 1;
  }

  pack(): PackedCounts {
    return { views: this.#views.slice(0, this.#end), bought: this.#bought.slice(0, this.#end) };
  }

  restore({ views, bought }: PackedCounts): void {
    this.#views = views.slice();
    this.#bought = bought.slice();
    this.#end = views.length;
  }
}
