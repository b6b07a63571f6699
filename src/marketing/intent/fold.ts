import { type Event, keepLatest } from '../../core/index.js';
import { intentFeatureNames, intentFeatures } from './features.js';
import { ItemCounts } from './itemCounts.js';
import { NumberRecords, type PackedRecords } from './numberRecords.js';
import { addOrder, newPast, newRhythm, type Past, pastAt, pastFields, type Rhythm } from './past.js';
import { addToVisit, belongsToVisit, newVisit, type Touched, type Visit, visitGapMs } from './visits.js';

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
  readonly visits = new Map<string, Visit>();
  readonly pasts = new NumberRecords<keyof Past>(pastFields, pastAt);
  readonly items: ItemCounts;
  rhythm: Rhythm = newRhythm();
  /** The visit that comes first in `visits`, as long as it is known to. */
  private longestIdle: Visit | undefined;
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
    visit ??= newVisit(event.user, event.time);
    if (event.type === 'purchase') {
      this.end(visit, event);
      return;
    }
    addToVisit(visit, event);
    // Last in order: the first of the map is the longest idle.
    this.leave(event.user);
    this.visits.set(event.user, visit);
    if (this.visits.size > this.limits.visits) this.end(first(this.visits), undefined);
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
    // Looked at with each event: to find it, the map is read through the holes that those before it left.
    if (this.longestIdle && now - this.longestIdle.last <= visitGapMs) return;
    let ended = 0;
    for (const visit of this.visits.values()) {
      this.longestIdle = visit;
      if (now - visit.last <= visitGapMs || ended++ === most) break;
      this.end(visit, undefined);
    }
  }

  forget(user: string): void {
    this.leave(user);
    this.pasts.delete(user);
  }

  /** Takes the visit of a shopper out of those under way. */
  private leave(user: string): void {
    this.visits.delete(user);
    if (this.longestIdle?.user === user) this.longestIdle = undefined;
  }

  private end(visit: Visit, purchase: Event | undefined): void {
    this.leave(visit.user);
    this.observer.ended?.(visit, purchase, this);
    const known = this.pasts.get(visit.user);
    const past = known ?? newPast();
    past.visits++;
    past.lastVisit = visit.last;
    for (const [id, touched] of visit.items) this.items.add(id, touched, touched.views, 0);
    if (purchase) {
      past.bought++;
      let value = 0;
      for (const { id, quantity = 1, price = 0, unlisted } of purchase.items) {
        value += quantity * price;
        if (!unlisted) this.items.add(id, visit.items.get(id), 0, 1);
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
    if (visit && !this.visits.has(event.user)) {
      this.leave(anonymous);
      visit.user = event.user;
      this.visits.set(event.user, visit);
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
      visits: [...this.visits.values()].map((visit) => ({
        ...visit,
        items: Array.from(visit.items, ([id, { row: _, ...touched }]) => [id, touched]),
      })),
      pasts: this.pasts.pack(),
      items: this.items.pack(),
    };
  }

  restore({ clock, rhythm, visits, pasts, items }: PackedFold): void {
    this.clock = clock;
    this.rhythm = { ...rhythm };
    this.longestIdle = undefined;
    this.visits.clear();
    for (const visit of visits) {
      const items = visit.items.map(([id, touched]): [string, Touched] => [id, { ...touched, row: -1 }]);
      this.visits.set(visit.user, { ...visit, items: new Map(items) });
    }
    this.pasts.restore(pasts);
    this.items.restore(items);
  }
}

export interface PackedFold {
  clock: number;
  rhythm: Rhythm;
  visits: (Omit<Visit, 'items'> & {
    items: [string, Omit<Touched, 'row'>][];
  })[];
  pasts: PackedRecords;
  items: PackedRecords;
}

function first<T>(map: Map<string, T>): T {
  return map.values().next().value!;
}
