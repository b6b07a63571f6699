import { type Event, keepLatest } from '../../core/index.js';
import { DailyMarks, type PackedMarks } from '../../projections/index.js';

/** Recommendations with an advert that are remembered, for the click that pays for it; the oldest goes first. */
const mostPlaced = 100_000;

/** An advert in a recommendation that nobody has clicked yet. */
export interface Placed {
  offer: string;
  item: string;
}

export interface PackedPlacements {
  placed: [string, Placed[]][];
  paid: PackedMarks;
}

/** Adverts that were placed in recommendations and not clicked yet, and whose clicks were paid for today. */
export class Placements {
  private readonly placed = new Map<string, Placed[]>();
  private readonly paid = new DailyMarks();

  add(recommendation: string, advert: Placed): void {
    this.placed.set(recommendation, [...(this.placed.get(recommendation) ?? []), advert]);
    keepLatest(this.placed, mostPlaced);
  }

  /** Takes out the adverts that a click is the first on. A robot's is none. */
  clicked({ items, attribution, robot }: Event): Placed[] {
    const placed = attribution === undefined ? undefined : this.placed.get(attribution);
    if (!placed || robot) return [];
    const clicked = placed.filter(({ item }) => items.some(({ id }) => id === item));
    for (const one of clicked) placed.splice(placed.indexOf(one), 1);
    return clicked;
  }

  /** Whether a shopper's click is the first one of the day on an offer's adverts; the others are free. */
  isFirst(user: string, serial: number, received: number): boolean {
    return this.paid.raise(user, String(serial), 1, received) > 0;
  }

  pack(): PackedPlacements {
    return { placed: structuredClone([...this.placed]), paid: this.paid.pack() };
  }

  restore({ placed, paid }: PackedPlacements): void {
    this.placed.clear();
    for (const [recommendation, adverts] of structuredClone(placed)) this.placed.set(recommendation, adverts);
    this.paid.restore(paid);
  }
}
