import { countsForAll, type Event, isFromPage } from '../../core/index.js';
import { logit } from '../../trees/index.js';
import { intentFeatureNames } from '../intent/features.js';
import { shareOf } from '../uplift/holdout.js';
import type { DiscountTrial } from './response.js';

/** What is taken from the features of intent, by name; before them the chance to buy and the price, after them `offersBefore`. */
const fromIntent = [
  'earlierOrders',
  'daysSinceOrder',
  'spentAnOrder',
  'shareOfVisitsBought',
  'viewsOfOneItem',
  'cartLines',
] as const;
const places = fromIntent.map((name) => intentFeatureNames.indexOf(name));

/** Columns by which the answer to a discount is told apart. Decisions and training read the same ones: they are logged. */
export const responseFeatureNames = ['chance', 'price', ...fromIntent, 'offersBefore'] as const;

/** Newest assignments kept of each kind: drawn at random, and chosen. */
const mostKept = 20_000;
const prefix = 'shopper.';

/** `chance`: to buy without an offer; `intent`: features by `intentFeatureNames`; `before`: offers given before. */
export function responseFeatures(
  chance: number,
  price: number,
  intent: ArrayLike<number>,
  before: number,
): Float64Array {
  return Float64Array.of(
    logit(Math.min(0.999, Math.max(0.001, chance))),
    Math.log(price),
    ...places.map((place) => intent[place] ?? Number.NaN),
    before,
  );
}

/** Features as an event's context holds them; what is not known is left out. */
export function featureContext(features: ArrayLike<number>): Record<string, number> {
  const known = responseFeatureNames.map((name, at) => [prefix + name, features[at]!] as const);
  return Object.fromEntries(known.filter(([, value]) => Number.isFinite(value)));
}

/** One shopper's turn in one offer: what they were given, by which chance, and whether they bought the item in time. */
export interface Assignment {
  user: string;
  offer: string;
  item: string;
  discount: number;
  /** What the budget would have chosen; 0 is no offer. */
  best: number;
  held: boolean;
  /** Chance of the discount among those drawn at random (holdout included); absent where it was chosen. */
  drawn?: number;
  features: number[];
  until: number;
  bought: boolean;
}

/** Assignments of offers and what came of them: a fold of the log, and the trial that the response is learned from. */
export class Assignments {
  private random: Assignment[] = [];
  private chosen: Assignment[] = [];
  /** Those that a purchase may still settle. */
  private readonly open = new Map<string, Assignment[]>();

  apply(event: Event): void {
    if (!countsForAll(event)) return;
    if (event.type === 'purchase') this.bought(event);
    else if (event.type === 'impression' && !isFromPage(event)) this.assigned(event);
  }

  private assigned({ user, items, context }: Event): void {
    if (context?.offer === undefined || context.best === undefined) return;
    const features = responseFeatureNames.map((name) => Number(context[prefix + name] ?? Number.NaN));
    const one: Assignment = {
      user,
      offer: String(context.offer),
      item: items[0]?.id ?? String(context.item),
      discount: Number(context.discount),
      best: Number(context.best),
      held: context.held === true,
      ...(context.drawn === undefined ? {} : { drawn: Number(context.drawn) }),
      features,
      until: Number(context.until),
      bought: false,
    };
    const kept = one.drawn === undefined ? this.chosen : this.random;
    kept.push(one);
    this.open.set(user, [...(this.open.get(user) ?? []), one]);
    // Dropped by halves: one at a time would move the whole array each time.
    if (kept.length >= 2 * mostKept) for (const old of kept.splice(0, mostKept)) this.close(old);
  }

  private bought({ user, items, time }: Event): void {
    for (const one of this.open.get(user) ?? []) {
      if (time > one.until) this.close(one);
      else if (items.some(({ id }) => id === one.item)) {
        one.bought = true;
        this.close(one);
      }
    }
  }

  private close(one: Assignment): void {
    const left = (this.open.get(one.user) ?? []).filter((other) => other !== one);
    if (left.length > 0) this.open.set(one.user, left);
    else this.open.delete(one.user);
  }

  /** Settled ones drawn at random: how many, and how many of them bought. */
  settled(now: number): { assignments: number; purchases: number } {
    const settled = this.random.filter((one) => isSettled(one, now));
    return { assignments: settled.length, purchases: settled.filter(({ bought }) => bought).length };
  }

  /**
   * What was drawn at random as a trial of discounts, each row by how seldom it is drawn so that every discount counts
   * alike. `fold`: 0 or 1, the same for all rows of a shopper.
   */
  trial(now: number): DiscountTrial & { fold: Uint8Array } {
    const rows = this.random.filter((one) => isSettled(one, now));
    const distinct = new Set(rows.map(({ discount }) => discount));
    // Limited prices are discounts of any size: those near to each other are learned as one.
    const near = (discount: number): number =>
      distinct.size <= 12 || discount === 0 ? discount : Math.max(0.05, Math.round(20 * discount) / 20);
    return {
      names: responseFeatureNames,
      columns: responseFeatureNames.map((_, f) => Float64Array.from(rows, ({ features }) => features[f]!)),
      discount: Float64Array.from(rows, ({ discount }) => near(discount)),
      bought: Float64Array.from(rows, ({ bought }) => (bought ? 1 : 0)),
      weight: Float64Array.from(rows, ({ drawn }) => Math.min(10, 1 / (4 * drawn!))),
      fold: Uint8Array.from(rows, ({ user }) => (shareOf(user) < 0.5 ? 0 : 1)),
    };
  }

  /** Shoppers whom the budget would have given an offer: the holdout, and the rest. */
  compared(offer: string, now: number): Assignment[] {
    return [...this.random, ...this.chosen].filter(
      (one) => one.offer === offer && one.best > 0 && isSettled(one, now),
    );
  }

  /** Forgets erased shoppers. */
  forget(users: ReadonlySet<string>): void {
    this.random = this.random.filter(({ user }) => !users.has(user));
    this.chosen = this.chosen.filter(({ user }) => !users.has(user));
    for (const user of users) this.open.delete(user);
  }

  pack(): PackedAssignments {
    return { random: this.random, chosen: this.chosen };
  }

  restore(packed: PackedAssignments): void {
    this.random = structuredClone(packed.random);
    this.chosen = structuredClone(packed.chosen);
    this.open.clear();
    for (const one of [...this.random, ...this.chosen])
      if (!one.bought) this.open.set(one.user, [...(this.open.get(one.user) ?? []), one]);
  }
}

export interface PackedAssignments {
  random: Assignment[];
  chosen: Assignment[];
}

const isSettled = ({ bought, until }: Assignment, now: number): boolean => bought || until <= now;
