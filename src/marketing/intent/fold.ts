import { countsForAll, type Event, keepLatest, Vocabulary } from '../../core/index.js';
import { intentFeatureNames, intentFeatures } from './features.js';
import { ItemCounts, type PackedCounts } from './itemCounts.js';
import { NumberRecords, type PackedRecords } from './numberRecords.js';
import { OpenVisits } from './openVisits.js';
import { addOrder, newPast, newRhythm, type Past, pastAt, pastFields, type Rhythm } from './past.js';
import { addToVisit, belongsToVisit, newVisit, type Visit, visitGapMs } from './visits.js';

export interface FoldLimits {
  /** Visits under way and shoppers with a past: the longest idle goes first. */
  visits: number;
  shoppers: number;
  /** Items that the fold gives numbers by itself; a further one is not counted. */
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
  readonly items = new ItemCounts();
  /** Of items, where nobody gives those of the item dictionary. */
  private readonly numbers = new Vocabulary([]);
  rhythm: Rhythm = newRhythm();
  /** Time of the newest event. */
  clock = Number.NEGATIVE_INFINITY;
  private readonly row = new Float64Array(intentFeatureNames.length);

  constructor(
    private readonly observer: VisitObserver = {},
    private readonly limits: FoldLimits = foldLimits,
  ) {}

  /**
   * `numbers` are those of its items in the item dictionary, −1 where the item counts nowhere. Who reads a log without the
   * dictionary gives none; what is packed then is of no use to another fold.
   */
  apply(event: Event, numbers: readonly number[] = this.numbersOf(event)): void {
    this.clock = Math.max(this.clock, event.time);
    this.endIdle(this.clock, endedAtOnce);
    if (event.type === 'identify') this.identify(event);
    if (!belongsToVisit(event)) return;
    let visit = this.visits.get(event.user);
    if (visit && event.time - visit.last > visitGapMs) {
      this.end(visit);
      visit = undefined;
    }
    if (event.type === 'purchase') {
      this.end(visit ?? newVisit(event.user, event.time), event, numbers);
      return;
    }
    if (visit) this.visits.touch(visit);
    else {
      visit = newVisit(event.user, event.time);
      this.visits.add(visit);
    }
    addToVisit(visit, event, numbers);
    if (this.visits.size > this.limits.visits) this.end(this.visits.first!);
    this.observer.after?.(visit, this);
  }

  private numbersOf(event: Event): number[] {
    const counts = countsForAll(event);
    const isFull = this.numbers.size >= this.limits.items;
    return event.items.map(({ id, unlisted }) => {
      if (unlisted || !counts) return -1;
      return isFull ? this.numbers.row(id) : this.numbers.add(id);
    });
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
      this.end(first);
    }
  }

  forget(user: string): void {
    const visit = this.visits.get(user);
    if (visit) this.visits.remove(visit);
    this.pasts.delete(user);
  }

  private end(visit: Visit, purchase?: Event, numbers: readonly number[] = []): void {
    if (this.visits.get(visit.user) === visit) this.visits.remove(visit);
    this.observer.ended?.(visit, purchase, this);
    const known = this.pasts.get(visit.user);
    const past = known ?? newPast();
    past.visits++;
    past.lastVisit = visit.last;
    for (const { number, views } of visit.items) this.items.add(number, views, 0);
    if (purchase) {
      past.bought++;
      let value = 0;
      for (const { quantity = 1, price = 0 } of purchase.items) value += quantity * price;
      for (const number of numbers) this.items.add(number, 0, 1);
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
        items: visit.items.map((touched) => ({ ...touched })),
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
      const items = visit.items.map((touched) => ({ ...touched }));
      this.visits.add({ ...newVisit(user, start), ...visit, items });
    }
    this.pasts.restore(pasts);
    this.items.restore(items);
  }
}

export interface PackedFold {
  clock: number;
  rhythm: Rhythm;
  visits: Omit<Visit, 'drawn' | 'before' | 'after'>[];
  pasts: PackedRecords;
  items: PackedCounts;
}
