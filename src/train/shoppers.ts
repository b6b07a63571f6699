import type { Event, EventWeights, Profile } from '../core/index.js';
import {
  applyToShopper,
  mergeShoppers,
  newShopper,
  profileOf,
  rememberedEvents,
  type Shopper,
} from '../projections/index.js';

/**
 * Shoppers as serving would know them after some events: the fold of the state by the state's own functions, without
 * its store. So a model is measured on the profiles that it will be asked about.
 */
export class Shoppers {
  readonly #all = new Map<string, Shopper>();

  constructor(
    events: Iterable<Event>,
    private readonly weights: EventWeights,
  ) {
    for (const event of events) this.#apply(event);
  }

  /** The id a shopper is known by after these events. */
  resolve(user: string): string {
    let id = user;
    for (let next = this.#all.get(id)?.alias; next !== undefined; next = this.#all.get(id)?.alias) id = next;
    return id;
  }

  profile(user: string, now: number): Profile {
    const id = this.resolve(user);
    return profileOf(id, this.#all.get(id), now);
  }

  #apply(event: Event): void {
    const user = this.resolve(event.user);
    const shopper = this.#open(user);
    const anonymous = event.type === 'identify' ? event.context?.anonymous : undefined;
    if (typeof anonymous === 'string') {
      const from = this.resolve(anonymous);
      if (from !== user) mergeShoppers(this.#open(from), shopper, user, rememberedEvents);
    }
    applyToShopper(shopper, event, this.weights, rememberedEvents);
  }

  #open(user: string): Shopper {
    const shopper = this.#all.get(user) ?? newShopper();
    this.#all.set(user, shopper);
    return shopper;
  }
}
