import type { Event, EventTable, Profile } from '../core/index.js';
import {
  foldIntoShoppers,
  newShopper,
  profileOf,
  type Shopper,
  type ShopperBook,
} from '../projections/index.js';

/**
 * Shoppers as serving would know them after some events: the fold of the state by the state's own functions, without
 * its store. So a model is measured on the profiles that it will be asked about.
 */
export class Shoppers implements ShopperBook {
  readonly #all = new Map<string, Shopper>();

  constructor(
    events: Iterable<Event>,
    private readonly table: EventTable,
  ) {
    for (const event of events) foldIntoShoppers(this, event, table);
  }

  profile(user: string, now: number): Profile {
    return profileOf(user, this.#all.get(user), now, this.table);
  }

  isKnown(user: string): boolean {
    return this.#all.get(user)?.known === true;
  }

  isSeen(user: string): boolean {
    return this.#all.has(user);
  }

  open(user: string): Shopper {
    const shopper = this.#all.get(user) ?? newShopper();
    this.#all.set(user, shopper);
    return shopper;
  }
}
