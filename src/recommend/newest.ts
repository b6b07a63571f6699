import type { Catalogue } from '../catalogue/index.js';
import { ensureCapacity } from '../math/index.js';

/** Minutes since 1970 and handle in one number: dates below the year 2100, handles below this. */
const handlesFit = 2 ** 26;
const minute = 60_000;

/** A long list of which often only the beginning is read. */
export interface RankedHandles {
  length: number;
  at(place: number): number;
}

/**
 * Items by when they came, newest first: by the date from which an item is shown where the shop gave one. One without a
 * date came no earlier than any that stands before it in the catalogue.
 */
export class Newest {
  #dates = new Float64Array(256);
  #dated = 0;
  #stale = true;
  #ranking = new Float64Array(0);

  constructor(private readonly catalogue: Catalogue) {
    for (const { id } of catalogue.all()) this.#read(catalogue.find(id));
    catalogue.onChange((handle) => this.#read(handle));
  }

  /** Handles by their place; a list that is being read stays as it was. Some may have no item any more. */
  ranked(): RankedHandles {
    if (this.#dated === 0) {
      const length = this.catalogue.handles;
      return { length, at: (place) => length - 1 - place };
    }
    if (this.#stale) this.#rank();
    const ranking = this.#ranking;
    return { length: ranking.length, at: (place) => ranking[ranking.length - 1 - place]! % handlesFit };
  }

  #rank(): void {
    const { catalogue } = this;
    const keys = new Float64Array(catalogue.handles);
    let [count, latest] = [0, 0];
    for (let handle = 0; handle < catalogue.handles; handle++) {
      if (!catalogue.item(handle)) continue;
      const own = this.#dates[handle] ?? 0;
      latest = Math.max(latest, own);
      keys[count++] = (own || latest) * handlesFit + handle;
    }
    this.#ranking = keys.subarray(0, count).sort();
    this.#stale = false;
  }

  #read(handle: number): void {
    const { from } = this.catalogue.item(handle)!;
    const date = from === undefined ? 0 : Math.min(2 ** 26, Math.max(0, Math.floor(from / minute)));
    this.#dates = ensureCapacity(this.#dates, handle);
    const before = this.#dates[handle]!;
    this.#dated += (date > 0 ? 1 : 0) - (before > 0 ? 1 : 0);
    this.#dates[handle] = date;
    this.#stale ||= date !== before || handle >= this.#ranking.length;
  }
}
