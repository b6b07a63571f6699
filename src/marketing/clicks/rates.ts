import { type Event, Eviction, isFromPage } from '../../core/index.js';
import { DailyMarks, type PackedMarks } from '../../projections/index.js';
import { fitSlots } from './fit.js';
import { type PackedLists, type ShownList, ShownLists } from './shownLists.js';
import {
  type Cell,
  firstRate,
  itemRate,
  none,
  type Outcome,
  positions,
  type Slot,
  segmentFactor,
} from './slot.js';

/** Items counted in all slots together. */
export const mostCells = 100_000;
/** Items of one list that are remembered. */
const listLimit = 200;
const mostSlots = 200;
/** What may stand in an advert slot; `worth` is the bid or margin of one outcome, a click by default. */
export interface Candidate {
  item: string;
  worth: number;
  outcome?: Outcome;
}

/** Slot of impressions that name none. */
const unnamed = 'all';
export interface PackedRates {
  slots: [
    string,
    Omit<Slot, 'items' | 'segments' | 'eviction'> & {
      items: [string, Cell][];
      segments: [string, [number, number]][];
    },
  ][];
  lists: PackedLists;
  once: PackedMarks;
}

/**
 * How often what is shown is clicked, carted and bought, by slot and item, without the effect of its place: clicks are
 * Poisson with mean (place is looked at) × (item's rate) × (times shown); both factors in turn (position-based model,
 * Richardson et al. 2007), the item's drawn to the slot's by a Gamma prior whose firmness is the likeliest one.
 */
export class ClickRates {
  private readonly slots = new Map<string, Slot>();
  private readonly lists = new ShownLists();
  private cells = 0;
  /** An item in a slot is shown to a shopper once a day, and what comes of it counts once. */
  private readonly once = new DailyMarks();

  /**
   * Folds one event in: an impression counts as shown, what carries its recommendation's id as its outcome. `segment` is
   * the shopper's where the event names none. Offers that are given are no showing in a slot.
   */
  apply(event: Event, segment = ''): void {
    if (event.type === 'impression') {
      if (event.context?.offer === undefined) this.show(event, segment);
    } else if (event.type === 'identify') {
      const anonymous = event.context?.anonymous;
      if (typeof anonymous === 'string') this.lists.move(anonymous, event.user);
    } else {
      const kind = outcomeOf(event.type);
      if (kind && event.attribution !== undefined) this.came(event, kind);
    }
  }

  /** Counts one showing with its outcome at once: what a log of rows does. Positions begin at 0. */
  count(slotName: string, item: string, position: number, clicked: boolean, segment = ''): void {
    const slot = this.slot(slotName);
    const cell = this.cell(slot, item);
    const place = Math.min(positions - 1, position);
    showAt(cell, place);
    this.countSegment(slot, item, place, segment, 1, clicked ? 1 : 0);
    if (!clicked) return;
    cell.came.clicked++;
    slot.clicked[place]!++;
    slot.total.clicked++;
  }

  /** Chance of an outcome for an item shown at a position; where nothing is known of it, the slot's. */
  rate(
    slotName: string,
    item: string,
    position = 0,
    { outcome = 'clicked' as Outcome, segment = '' } = {},
  ): number {
    // A slot that nothing was shown in yet is taken to be as all those without a name.
    const slot = this.slots.get(slotName) ?? this.slots.get(unnamed);
    if (!slot) return firstRate[outcome];
    const place = Math.min(positions - 1, position);
    const of = itemRate(slot, slot.items.get(item), outcome) * slot.seen[place]!;
    return Math.min(1, of * segmentFactor(slot, segment));
  }

  /** How often each position is looked at, against the first; as many as were shown. */
  positionEffects(slotName: string): number[] {
    const slot = this.slots.get(slotName);
    if (!slot) return [];
    const used = [...slot.seen.keys()].filter((place) =>
      [...slot.items.values()].some(({ shown }) => (shown[place] ?? 0) > 0),
    );
    return [...slot.seen.subarray(0, used.length === 0 ? 0 : used[used.length - 1]! + 1)];
  }

  /** Finds positions and rates anew from all counts: every so often, not with each event. */
  refit(): void {
    fitSlots([...this.slots.values()]);
  }

  list(): { slot: string; items: number; rate: Record<Outcome, number>; positions: number[] }[] {
    return [...this.slots].map(([slot, { items, rate }]) => ({
      slot,
      items: items.size,
      rate: { ...rate },
      positions: this.positionEffects(slot),
    }));
  }

  /** Candidates of an advert slot by what a showing is worth: bid (or margin) times the chance of its outcome. */
  rank(
    slotName: string,
    candidates: readonly Candidate[],
    { position = 0, segment = '' } = {},
  ): { item: string; value: number }[] {
    return candidates
      .map(({ item, worth, outcome = 'clicked' }) => ({
        item,
        value: worth * this.rate(slotName, item, position, { outcome, segment }),
      }))
      .sort((a, b) => b.value - a.value);
  }

  private show(event: Event, ofShopper: string): void {
    const { user, items, attribution, context, time, received = time } = event;
    const slotName = String(context?.slot ?? context?.scenario ?? unnamed);
    const segment = String(context?.segment ?? ofShopper);
    const first = placeOf(context?.position);
    const slot = this.slot(slotName);
    if (!isFromPage(event)) slot.believed = true;
    const known = attribution === undefined ? undefined : this.lists.find(user, attribution);
    const list: ShownList = known ?? {
      id: attribution ?? '',
      slot: slotName,
      segment,
      items: [],
      places: [],
    };
    const before = list.items.length;
    items.forEach(({ id, unlisted }, index) => {
      // What a page has invented must not take the place of what there is.
      if (unlisted || list.items.length >= listLimit || list.items.includes(id)) return;
      const next = list.items.length;
      // A list that is reported in parts goes on where it was.
      const place = Math.min(positions - 1, first === undefined ? next : first + index);
      list.items.push(id);
      list.places.push(place);
      if (this.once.raise(user, `${slotName}\nshown\n${id}`, 1, received) === 0) return;
      showAt(this.cell(slot, id), place);
      this.countSegment(slot, id, place, segment, 1, 0);
    });
    const added = list.items.length - before;
    if (attribution !== undefined && added > 0) this.lists.keep(user, list, added);
  }

  private came({ user, items, attribution, time, received = time }: Event, kind: Outcome): void {
    const list = this.lists.find(user, attribution!);
    const slot = list && this.slots.get(list.slot);
    if (!slot) return;
    for (const { id } of items) {
      const place = list.places[list.items.indexOf(id)];
      const cell = slot.items.get(id);
      if (place === undefined || !cell) continue;
      if (this.once.raise(user, `${list.slot}\n${kind}\n${id}`, 1, received) === 0) continue;
      cell.came[kind]++;
      slot.total[kind]++;
      if (kind !== 'clicked') continue;
      slot.clicked[place]!++;
      this.countSegment(slot, id, place, list.segment, 0, 1);
    }
  }

  private countSegment(
    slot: Slot,
    item: string,
    place: number,
    segment: string,
    shown: number,
    clicks: number,
  ): void {
    slot.events++;
    if (segment === '') return;
    const counts = slot.segments.get(segment) ?? [0, 0];
    if (!slot.segments.has(segment) && slot.segments.size >= 50) return;
    counts[0] += shown * slot.seen[place]! * itemRate(slot, slot.items.get(item), 'clicked');
    counts[1] += clicks;
    slot.segments.set(segment, counts);
  }

  private slot(name: string): Slot {
    const known = this.slots.get(name);
    if (known) return known;
    const items = new Map<string, Cell>();
    const made: Slot = {
      items,
      eviction: new Eviction(items),
      believed: false,
      clicked: new Float64Array(positions),
      total: none(),
      segments: new Map(),
      seen: new Float64Array(positions).fill(1),
      rate: { ...firstRate },
      firm: 10,
      events: 0,
    };
    this.slots.set(name, made);
    if (this.slots.size > mostSlots) this.dropLeast(name);
    return made;
  }

  /** Slots are named by pages: one that hardly anything came of gives way to a new one. */
  private dropLeast(except: string): void {
    const worth = ({ believed, events }: Slot): number => (believed ? 1e12 : 0) + events;
    let least: [string, Slot] | undefined;
    for (const [name, slot] of this.slots)
      if (name !== except && (!least || worth(slot) < worth(least[1]))) least = [name, slot];
    this.slots.delete(least![0]);
    this.cells -= least![1].items.size;
  }

  private cell(slot: Slot, item: string): Cell {
    const known = slot.items.get(item);
    if (known) return known;
    if (this.cells >= mostCells) this.dropCell();
    const made: Cell = { shown: [], came: none() };
    slot.items.set(item, made);
    this.cells++;
    return made;
  }

  /** Where each item was shown least, what was shown least there gives way. */
  private dropCell(): void {
    let sparse: Slot | undefined;
    const density = ({ events, items }: Slot): number => events / items.size;
    for (const slot of this.slots.values())
      if (slot.items.size > 0 && (!sparse || density(slot) < density(sparse))) sparse = slot;
    const least = sparse?.eviction.least(({ shown }) => shown.reduce((sum, times) => sum + times, 0));
    if (least !== undefined && sparse!.items.delete(least)) this.cells--;
  }

  /** Forgets which lists a shopper was shown; the counts name nobody. */
  forget(user: string): void {
    this.lists.forget(user);
  }

  pack(): PackedRates {
    return {
      slots: [...this.slots].map(([name, { eviction: _, items, segments, ...slot }]) => [
        name,
        { ...slot, items: [...items], segments: [...segments] },
      ]),
      lists: this.lists.pack(),
      once: this.once.pack(),
    };
  }

  restore(packed: PackedRates): void {
    const { slots, lists, once } = structuredClone(packed);
    this.once.restore(once);
    this.lists.restore(lists);
    this.slots.clear();
    this.cells = 0;
    for (const [name, slot] of slots) {
      const items = new Map(slot.items);
      const eviction = new Eviction(items);
      this.slots.set(name, { ...slot, items, eviction, segments: new Map(slot.segments) });
      this.cells += items.size;
    }
  }
}

/** A page may say anything: what is no place would spoil the sums of all. */
const placeOf = (position: unknown): number | undefined =>
  typeof position === 'number' && position >= 0 ? Math.floor(position) : undefined;

function showAt({ shown }: Cell, place: number): void {
  while (shown.length <= place) shown.push(0);
  shown[place]!++;
}

function outcomeOf(type: string): Outcome | undefined {
  if (type === 'click') return 'clicked';
  if (type === 'add_to_cart') return 'carted';
  return type === 'purchase' ? 'bought' : undefined;
}
