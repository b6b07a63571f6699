import { NumberRecords, type PackedRecords } from './numberRecords.js';
import type { Touched } from './visits.js';

const [viewsAt, boughtAt] = [0, 1];

/**
 * How often items were viewed and bought. What a visit touched knows its row here once there is one, which never changes:
 * an id is looked up once a visit, not with each event of it.
 */
export class ItemCounts {
  readonly #records = new NumberRecords(['views', 'bought'], (cells, start) => ({
    views: cells[start + viewsAt]!,
    bought: cells[start + boughtAt]!,
  }));

  /** Items counted at most; a further one is not. */
  constructor(private readonly most: number) {}

  get size(): number {
    return this.#records.size;
  }

  /** Row of the item, −1 where it has none. */
  row(id: string, touched: Touched | undefined): number {
    if (!touched) return this.#records.row(id);
    if (touched.row < 0) touched.row = this.#records.row(id);
    return touched.row;
  }

  views(row: number): number {
    return row < 0 ? 0 : this.#records.at(row, viewsAt);
  }

  bought(row: number): number {
    return row < 0 ? 0 : this.#records.at(row, boughtAt);
  }

  add(id: string, touched: Touched | undefined, views: number, bought: number): void {
    const row = this.row(id, touched);
    if (row >= 0) {
      this.#records.add(row, viewsAt, views);
      this.#records.add(row, boughtAt, bought);
    } else if (this.#records.size < this.most) this.#records.set(id, { views, bought });
  }

  pack(): PackedRecords {
    return this.#records.pack();
  }

  /** Visits that touched something before are not to be asked about any more. */
  restore(packed: PackedRecords): void {
    this.#records.restore(packed);
  }
}
