import { type Event, keepLatest } from '../../core/index.js';
import { intentFeatureNames, intentFeatures } from './features.js';
import { ItemCounts } from './itemCounts.js';
import { NumberRecords, type PackedRecords } from './numberRecords.js';
import { OpenVisits } from './openVisits.js';
import { addOrder, newPast, newRhythm, type Past, pastAt, pastFields, type Rhythm } from './past.js';
import {
  addToVisit,
  belongsToVisit,
  newVisit,
  type Touched,
  touchedOf,
  type Visit,
  visitGapMs,
} from './visits.js';

export interface FoldLimits {
  /** Visits under way, shoppers with a past, items with counts; the longest idle goes first, a further item is not counted. */
  visits: number;
  shoppers: number;
  items: number;
}

export const foldLimits: FoldLimits = { visits: 100_000, shoppers: 500_000, items: 500_000 };

/** Idle visits that one event ends: after a quiet hour there may be tens of thousands. */
const endedAtOnce = 64;

/** Told when an event was counted into a visit, and when a visit has ended. */
export interface VisitObserver {
  after?(visit: Visit, fold: VisitFold): void;
  /** `bought` are the items of the purchase that ended it; undefined where none did. */
  ended?(visit: Visit, bought: Event | undefined, fold: VisitFold): void;
}

/**
 * Visits under way, shoppers' pasts and items' counts: a fold of the log. What a visit teaches (its item counts, its
 * shopper's past) is counted when it has ended, so that nothing of a visit's end shows in its own features.
 */
export class VisitFold {
  readonly visits = new OpenVisits();
  readonly pasts = new NumberRecords<keyof Past>(pastFields, pastAt);
  readonly items: ItemCounts;
  rhythm: Rhythm = newRhythm();
  /** Time of the newest event. */
  clock = Number.NEGATIVE_INFINITY;
  private readonly row = new Float64Array(intentFeatureNames.length);

  constructor(
    private readonly observer: VisitObserver = {},
    private readonly limits: FoldLimits = foldLimits,
  ) {
    this.items = new ItemCounts(limits.items);
  }

  apply(event: Event): void {
    this.clock = Math.max(this.clock, event.time);
    this.endIdle(this.clock, endedAtOnce);
    if (event.type === 'identify') this.identify(event);
    if (!belongsToVisit(event)) return;
    let visit = this.visits.get(event.user);
    if (visit && event.time - visit.last > visitGapMs) {
      this.end(visit, undefined);
      visit = undefined;
    }
    if (event.type === 'purchase') {
      this.end(visit ?? newVisit(event.user, event.time), event);
      return;
    }
    if (visit) this.visits.touch(visit);
    else {
      visit = newVisit(event.user, event.time);
      this.visits.add(visit);
    }
    addToVisit(visit, event);
    if (this.visits.size > this.limits.visits) this.end(this.visits.first!, undefined);
    this.observer.after?.(visit, this);
  }

  /** Features of a visit after its last event. The array is used again by the next call. */
  features(visit: Visit): Float64Array {
    return intentFeatures(visit, this.pasts.get(visit.user), this.items, this.row);
  }

  /** The visit of a shopper that is still under way at `now`. */
  visit(user: string, now: number): Visit | undefined {
    const visit = this.visits.get(user);
    return visit && now - visit.last <= visitGapMs ? visit : undefined;
  }

  /** Ends visits that have been idle for too long, the longest first, `most` of them. */
  endIdle(now: number, most = Number.POSITIVE_INFINITY): void {
    for (let ended = 0; ended < most; ended++) {
      const { first } = this.visits;
      if (!first || now - first.last <= visitGapMs) return;
      this.end(first, undefined);
    }
  }

  forget(user: string): void {
    const visit = this.visits.get(user);
    if (visit) this.visits.remove(visit);
    this.pasts.delete(user);
  }

  private end(visit: Visit, purchase: Event | undefined): void {
    if (this.visits.get(visit.user) === visit) this.visits.remove(visit);
    this.observer.ended?.(visit, purchase, this);
    const known = this.pasts.get(visit.user);
    const past = known ?? newPast();
    past.visits++;
    past.lastVisit = visit.last;
    for (const touched of visit.items) this.items.add(touched.id, touched, touched.views, 0);
    if (purchase) {
      past.bought++;
      let value = 0;
      for (const { id, quantity = 1, price = 0, unlisted } of purchase.items) {
        value += quantity * price;
        if (!unlisted) this.items.add(id, touchedOf(visit, id), 0, 1);
      }
      addOrder(past, this.rhythm, purchase.time, value);
    }
    // The order matters only once forgetting is near.
    if (known && 2 * this.pasts.size > this.limits.shoppers) this.pasts.delete(visit.user);
    this.pasts.set(visit.user, past);
    keepLatest(this.pasts, this.limits.shoppers);
  }

  /** What an anonymous shopper did belongs to the known one from now on. */
  private identify(event: Event): void {
    const anonymous = event.context?.anonymous;
    if (typeof anonymous !== 'string' || anonymous === event.user) return;
    const visit = this.visits.get(anonymous);
    if (visit && !this.visits.get(event.user)) {
      this.visits.remove(visit);
      visit.user = event.user;
      this.visits.add(visit);
    }
    const past = this.pasts.get(anonymous);
    if (past && !this.pasts.has(event.user)) {
      this.pasts.delete(anonymous);
      this.pasts.set(event.user, past);
    }
  }

  /** Everything, as plain values. */
  pack(): PackedFold {
    return {
      clock: this.clock,
      rhythm: { ...this.rhythm },
      visits: Array.from(this.visits, ({ before: _, after: __, drawn: ___, ...visit }) => ({
        ...visit,
        items: visit.items.map(({ row: _, ...touched }) => touched),
      })),
      pasts: this.pasts.pack(),
      items: this.items.pack(),
    };
  }

  restore({ clock, rhythm, visits, pasts, items }: PackedFold): void {
    this.clock = clock;
    this.rhythm = { ...rhythm };
    this.visits.clear();
    for (const { user, start, ...visit } of visits) {
      const items = visit.items.map((touched) => ({ ...touched, row: -1 }));
      this.visits.add({ ...newVisit(user, start), ...visit, items });
    }
    this.pasts.restore(pasts);
    this.items.restore(items);
  }
}

export interface PackedFold {
  clock: number;
  rhythm: Rhythm;
  visits: (Omit<Visit, 'items' | 'drawn' | 'before' | 'after'> & { items: Omit<Touched, 'row'>[] })[];
  pasts: PackedRecords;
  items: PackedRecords;
}
