import type { Event, EventTable, Meaning } from '../core/index.js';
import { eventWeight, knownTypes, meaningIn, tableNumber } from '../core/index.js';
import { day } from './decay.js';
import { earlierLimit, type PairKind, pairKindOf, togetherWithin } from './pairKind.js';
import { type RatingsGiven, ratingWeight } from './ratings.js';

/** One shopper counts for an item at most once per kind of event within this time, ms. */
const windowMs = day;
/** What is remembered of one shopper's influence: so many counted events of one item and kind each. */
export const givenKept = 256;
/** What has been given can be taken back for as long, ms, unless the place is needed before. */
const takenBackWithin = 60 * day;

/** Kinds that are told apart; all other types together are one kind. */
const kinds = [
  'view',
  'click',
  'wish',
  'add_to_cart',
  'rate',
  'purchase',
  'play',
  'read',
  'like',
  'share',
  'follow',
];
const codes = new Map(kinds.map((kind, code) => [kind, code]));
const [otherCode, kindCodes] = [15, 16];
const meaningOfCode = kinds.map((kind) => knownTypes.find(({ type }) => type === kind)!.meaning);
/** What an event takes back: that of one meaning, or of any. */
const takesBack: ReadonlyMap<Meaning | undefined, Meaning> = new Map<Meaning, Meaning>([
  ['uncart', 'cart'],
  ['refund', 'purchase'],
  ['undo', 'wish'],
]);

/** A bit for each code. */
const codesOf = (pair: PairKind): number =>
  kinds.reduce((bits, _, code) => bits | (Number(pairKindOf.get(meaningOfCode[code]) === pair) << code), 0);
/** Looking is one kind where items are looked at together, buying another. */
const pairCodes: Record<PairKind, number> = {
  viewed: codesOf('viewed'),
  bought: codesOf('bought'),
};

/** Code of a type: its own, or where the shop made it up, that of the first kind that means the same. */
function codeOf(type: string, meaning: Meaning | undefined): number {
  const own = codes.get(type);
  if (own !== undefined && meaningOfCode[own] === meaning) return own;
  const like = meaningOfCode.indexOf(meaning as Meaning);
  return like < 0 ? otherCode : like;
}

/**
 * What a shopper gave to items, three numbers each: item and kind, when it was counted, and the weight of it that was not
 * taken back. Numbers in one array, for there are many shoppers.
 */
export type Given = number[];
export const givenCells = 3;
const stride = givenCells;

/** Who gives: what of a shopper this looks at. */
export interface Giver {
  given: Given;
  ratings?: RatingsGiven | undefined;
}

/** A change of an item's popularity: so much, as of that time. */
export interface Move {
  handle: number;
  weight: number;
  time: number;
}

/**
 * How far one event counts in what all shoppers see. Whoever sends many events of one shopper moves an item no more than
 * an honest shopper does: each kind of event counts once a day for an item, and what takes back takes no more than what
 * the same shopper gave. One object serves all events, each in turn.
 */
export class Influence {
  /** By place in `event.items`: whether it counts. */
  readonly counts: boolean[] = [];
  /** Items that the event pairs: those that count, and those counted shortly before. */
  readonly fresh: number[] = [];
  readonly earlier: number[] = [];
  readonly moves: Move[] = [];

  /** How the event pairs its items, if it does. */
  pair: PairKind | undefined;
  /** For the versions of what is folded with it. */
  readonly tableNumber: number;

  constructor(private readonly table: EventTable) {
    this.tableNumber = 1_000 * tableNumber(table);
  }

  /** Looks at an event, and remembers what it gives. `handles` are those of its items, −1 for what counts nowhere. */
  look(event: Event, handles: readonly number[], { given, ratings }: Giver): void {
    const { type } = event;
    const meaning = meaningIn(this.table, type);
    const time = event.received ?? event.time;
    const usual = eventWeight(this.table, type);
    const weight = meaning === 'rate' ? ratingWeight(usual, event.value, ratings) : usual;
    this.#forgetLast();
    this.counts.length = handles.length;
    // What is disliked is not alike for being disliked together.
    const pair = weight > 0 ? pairKindOf.get(meaning) : undefined;
    this.pair = pair;
    if (pair) this.#lookBack(pair, time, given);
    const code = codeOf(type, meaning);
    for (let at = 0; at < handles.length; at++) {
      const handle = handles[at]!;
      if (handle < 0) this.counts[at] = false;
      else if (weight < 0)
        this.counts[at] = this.#takeBack(handle, takesBack.get(meaning), -weight, time, given);
      else if (weight === 0) this.counts[at] = true;
      else {
        const pairedBefore = pair !== undefined && isGiven(given, handle, pairCodes[pair], time);
        const counts = this.#give(handle, code, weight, time, given, event.received !== undefined);
        this.counts[at] = counts;
        if (counts && pair && !pairedBefore) this.fresh.push(handle);
      }
    }
  }

  /** Of an event that counts nowhere. */
  clear(items: number): void {
    this.pair = undefined;
    this.#forgetLast();
    this.counts.length = items;
    this.counts.fill(false);
  }

  #forgetLast(): void {
    empty(this.moves);
    empty(this.fresh);
    empty(this.earlier);
  }

  /** False where the shopper has given this already, or where a page has named more than is remembered. */
  #give(handle: number, code: number, weight: number, time: number, given: Given, isPage: boolean): boolean {
    const key = handle * kindCodes + code;
    const at = placeOf(given, key);
    if (at >= 0) {
      if (Math.abs(time - given[at + 1]!) < windowMs) return false;
      if (time > given[at + 1]!) {
        given[at + 1] = time;
        given[at + 2] = weight;
      }
    } else if (!makeRoom(given, time, isPage)) return false;
    else given.push(key, time, weight);
    this.moves.push({ handle, weight, time });
    return true;
  }

  /** Takes back what the shopper gave, as of when it was given; false where there is nothing. */
  #takeBack(handle: number, taken: Meaning | undefined, weight: number, time: number, given: Given): boolean {
    let left = weight;
    for (let at = 0; at < given.length && left > 0; at += stride) {
      const [key, when, weighs] = [given[at]!, given[at + 1]!, given[at + 2]!];
      if (handleOf(key) !== handle || weighs <= 0) continue;
      if (taken !== undefined && meaningOfCode[key % kindCodes] !== taken) continue;
      if (time - when > takenBackWithin) continue;
      const part = Math.min(left, weighs);
      given[at + 2] = weighs - part;
      left -= part;
      this.moves.push({ handle, weight: -part, time: when });
    }
    return left < weight;
  }

  /** Items of this kind that were counted shortly before, the last first. */
  #lookBack(pair: PairKind, time: number, given: Given): void {
    const within = togetherWithin[pair];
    const codes = pairCodes[pair];
    for (let at = given.length - stride; at >= 0 && this.earlier.length < earlierLimit; at -= stride) {
      if (Math.abs(time - given[at + 1]!) > within) continue;
      const key = given[at]!;
      const handle = handleOf(key);
      if (isAmong(codes, key) && !this.earlier.includes(handle)) this.earlier.push(handle);
    }
  }
}

/** The list keeps its memory for the next event, which one whose length is set to 0 gives up. */
function empty(list: unknown[]): void {
  while (list.length > 0) list.pop();
}

const handleOf = (key: number): number => Math.floor(key / kindCodes);
const isAmong = (codes: number, key: number): boolean => ((codes >> (key % kindCodes)) & 1) === 1;

/** Whether the item was counted for one of these kinds within the window. */
function isGiven(given: Given, handle: number, among: number, time: number): boolean {
  for (let at = 0; at < given.length; at += stride) {
    const key = given[at]!;
    if (handleOf(key) !== handle || !isAmong(among, key)) continue;
    if (Math.abs(time - given[at + 1]!) < windowMs) return true;
  }
  return false;
}

function placeOf(given: Given, key: number): number {
  for (let at = given.length - stride; at >= 0; at -= stride) if (given[at] === key) return at;
  return -1;
}

/** Forgets what was given longest ago. A page cannot make room by naming ever more: what is within the window stays. */
function makeRoom(given: Given, time: number, isPage: boolean): boolean {
  if (given.length < givenKept * stride) return true;
  let oldest = 0;
  for (let at = stride; at < given.length; at += stride) if (given[at + 1]! < given[oldest + 1]!) oldest = at;
  if (isPage && time - given[oldest + 1]! < windowMs) return false;
  given.splice(oldest, stride);
  return true;
}

/** What `from` gave counts as given by `into` too: nobody counts twice by signing in. */
export function mergeGiven(from: Given, into: Given): void {
  for (let at = 0; at < from.length; at += stride) {
    const [key, time, weight] = [from[at]!, from[at + 1]!, from[at + 2]!];
    const own = placeOf(into, key);
    if (own < 0) into.push(key, time, weight);
    else if (time > into[own + 1]!) [into[own + 1], into[own + 2]] = [time, weight];
  }
  while (into.length > givenKept * stride) makeRoom(into, Number.POSITIVE_INFINITY, false);
}
