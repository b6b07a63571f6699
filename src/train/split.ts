import {
  EndcapError,
  type Event,
  type EventTable,
  eventWeight,
  type Item,
  type Profile,
  random,
  ratingOf,
} from '../core/index.js';
import type { Dataset } from '../models/index.js';
import { foldIntoShoppers, ownersOf } from '../projections/index.js';
import { datasetFromEvents } from './dataset.js';
import { Shoppers } from './shoppers.js';
import { whatHolds } from './takenBack.js';

const day = 86_400_000;
/** Days of a window where the log is long enough and nobody says otherwise. */
const usual = 28;
/** Shoppers and ratings of a window that are measured at most: bounds the time of an evaluation. */
const measured = 5_000;
/** Fewer shoppers of a window who were known before say too little: then strangers are measured. */
const fewKnown = 50;
/** … if there are so many times more of them. */
const manyStrangers = 5;
/** Silences before which the windows may end. */
const silences = 3;
/** Share of the log that says nothing yet. */
const handful = 0.01;

/** One shopper to predict: the profile as it stood at the boundary, and what they then touched for the first time. */
export interface Case {
  profile: Profile;
  now: number;
  targets: ReadonlySet<string>;
  /** Items touched before: excluded from the ranking. */
  seen: ReadonlySet<string>;
}

/** A rating given in the window by a shopper known before it. */
export interface RatingCase {
  profile: Profile;
  now: number;
  item: string;
  rating: number;
}

/** What is predicted from the data before the boundary, and that data. */
export interface Window {
  past: Dataset;
  cases: Case[];
  ratings: RatingCase[];
}

/** Two windows one after the other, each with all that happened before it. */
export interface Split {
  days: number;
  /** When each window begins, and the last event of the test window. */
  boundaries: { validation: number; test: number; end: number };
  validation: Window;
  test: Window;
}

export interface SplitOptions {
  table: EventTable;
  /** Length of the validation and of the test window; without it four weeks, or as much of a young shop's log as `fitting` says. */
  days?: number | undefined;
  seed: number;
  catalogue?: ReadonlyMap<string, Item>;
}

/**
 * Split by time: the last `days` are test, the `days` before them validation, the rest train. A case is a shopper
 * with a past and something new in the window; targets are items the shopper had not touched before (discovery:
 * re-buying needs no model). Targets unknown to a model's vocabulary stay in and count as misses. Where the log ends
 * with a few events after a silence longer than a window, as that of a shop that goes live long after what it
 * imported, the windows end before the silence. Throws `too_little_data` when a window or what lies before it holds
 * nothing to learn from or to measure.
 */
export function temporalSplit(events: readonly Event[], options: SplitOptions): Split {
  let refused: EndcapError | undefined;
  for (const end of endsOf(events, (options.days ?? usual) * day)) {
    try {
      return splitUntil(end, events, options);
    } catch (error) {
      if (!(error instanceof EndcapError)) throw error;
      refused ??= error;
    }
  }
  throw refused!;
}

/**
 * What a model that is to serve learns from: everything, but for a handful of events that came after the windows ended,
 * beside which all that the model was measured on would be old. Serving knows them from the profiles all the same.
 */
export function learnable(events: readonly Event[], { boundaries }: Split): readonly Event[] {
  const until = events.filter(({ time }) => time <= boundaries.end);
  return events.length - until.length < handful * events.length ? until : events;
}

/** Time of the last event, then of the last ones before a silence, latest first. */
function endsOf(events: readonly Event[], silence: number): number[] {
  const times = Float64Array.from(events, ({ time }) => time).sort();
  const ends = [times.at(-1) ?? Number.NEGATIVE_INFINITY];
  for (let at = times.length - 2; at >= 0 && ends.length <= silences; at--) {
    if (times[at + 1]! - times[at]! > silence) ends.push(times[at]!);
  }
  return ends;
}

function splitUntil(end: number, all: readonly Event[], options: SplitOptions): Split {
  const events = all.filter(({ time }) => time <= end);
  const first = events.reduce((least, { time }) => Math.min(least, time), end);
  const span = events.length > 0 ? Math.floor((end - first) / day) : 0;
  const days = options.days ?? Math.min(usual, Math.max(1, fitting(span)));
  const test = end - days * day;
  const validation = test - days * day;
  if (!(first < validation)) {
    const fit = fitting(span);
    throw tooLittle(
      `The events span less than ${2 * days} days: two windows of ${daysOf(days)} leave nothing to train on`,
      `Import more history${fit > 0 ? `, or use shorter windows: they span ${span} days, so windows of ${fit} fit (--days ${fit})` : ''}`,
    );
  }
  return {
    days,
    boundaries: { validation, test, end },
    validation: windowOf(events, validation, test, { ...options, days }),
    test: windowOf(events, test, Number.POSITIVE_INFINITY, { ...options, days }),
  };
}

const daysOf = (count: number): string => (count === 1 ? '1 day' : `${count} days`);

/** Days of a window in a log of so many: a fifth each for the two windows leaves three to train on. */
const fitting = (span: number): number => Math.floor(span / 5);

function windowOf(
  events: readonly Event[],
  from: number,
  to: number,
  options: SplitOptions & { days: number },
): Window {
  const { table, catalogue, seed } = options;
  const before = events.filter(({ time }) => time < from);
  const past = datasetFromEvents(before, table, catalogue);
  requireChoice(past, from);
  const shoppers = new Shoppers(before, table);
  const upTo = events.filter(({ time }) => time < to);
  const owners = ownersOf(upTo);
  // What was taken back within the window was not what they wanted.
  const holds = whatHolds(upTo, owners, table);
  const targets = new Map<string, Set<string>>();
  const ratings: RatingCase[] = [];
  const seenBy = new Map<string, ReadonlySet<string>>();
  for (const [at, event] of upTo.entries()) {
    if (event.time < from || eventWeight(table, event.type) <= 0) continue;
    // Whoever is known by name only later is still the one who acted; the past is known as it was at the boundary.
    const user = [event.user, owners[at]!].find((id) => past.users.row(id) >= 0);
    if (user === undefined) continue;
    const seen = seenBy.get(user) ?? itemsOf(past, user);
    seenBy.set(user, seen);
    const wanted = targets.get(user) ?? new Set<string>();
    for (const { id } of event.items) if (!seen.has(id) && holds(at, id)) wanted.add(id);
    if (wanted.size > 0) targets.set(user, wanted);
    const rating = ratingOf(event);
    if (Number.isNaN(rating)) continue;
    const profile = shoppers.profile(user, event.time);
    for (const { id } of event.items) ratings.push({ profile, now: event.time, item: id, rating });
  }
  if (targets.size < fewKnown) {
    const within = events.filter(({ time }) => time >= from && time < to);
    const cases = strangers(new Shoppers(before, table), within, table, seed);
    if (cases.length > manyStrangers * targets.size)
      return { past, cases: sample(cases, seed), ratings: sample(ratings, seed) };
  }
  if (targets.size === 0) {
    throw tooLittle(
      `In the ${daysOf(options.days)} from ${dateOf(from)} no shopper known before touched anything new: there is nothing to measure`,
      'Import more history, or use another window with --days',
    );
  }
  const cases = [...targets].map(
    ([user, wanted]): Case => ({
      profile: shoppers.profile(user, from),
      now: from,
      targets: wanted,
      seen: seenBy.get(user)!,
    }),
  );
  return { past, cases: sample(cases, seed), ratings: sample(ratings, seed) };
}

/**
 * Where hardly anybody comes back a case is a shopper of the window in the middle of what they do: the profile as it
 * stood at one of their events, and what they then touched for the first time. Folds the window into `shoppers`.
 */
function strangers(shoppers: Shoppers, events: readonly Event[], table: EventTable, seed: number): Case[] {
  const counts = events.filter(({ type, items }) => eventWeight(table, type) > 0 && items.length > 0);
  const byUser = new Map<string, Event[]>();
  for (const event of counts) byUser.set(event.user, [...(byUser.get(event.user) ?? []), event]);
  const chance = random(seed);
  const cut = new Map<Event, Event[]>();
  for (const own of byUser.values()) {
    if (own.length < 2) continue;
    const at = 1 + chance.int(own.length - 1);
    cut.set(own[at]!, own.slice(at));
  }
  const cases: Case[] = [];
  for (const event of events) {
    const rest = cut.get(event);
    if (rest) {
      const profile = shoppers.profile(event.user, event.time);
      const seen = new Set(profile.events.map(({ item }) => item));
      const targets = new Set(
        rest.flatMap(({ items }) => items.map(({ id }) => id)).filter((id) => !seen.has(id)),
      );
      if (targets.size > 0 && seen.size > 0) cases.push({ profile, now: event.time, targets, seen });
    }
    foldIntoShoppers(shoppers, event, table);
  }
  return cases;
}

/** Recommending is choosing: without two shoppers and two items there is nothing to learn. */
function requireChoice({ users, items }: Dataset, before: number): void {
  const few = [
    [users.size, 'shopper', 'shoppers'],
    [items.size, 'item', 'items'],
  ] as const;
  for (const [size, one, many] of few) {
    if (size >= 2) continue;
    throw tooLittle(
      `Before ${dateOf(before)} the log holds ${size === 0 ? `no ${one}` : `one ${one} only`} with a positive event: at least two ${many} are needed`,
      'Import more history, or use a shorter window with --days',
    );
  }
}

function itemsOf({ users, items, start, item }: Dataset, user: string): Set<string> {
  const row = users.row(user);
  return new Set(Array.from(item.subarray(start[row], start[row + 1]), (each) => items.ids[each]!));
}

/** At most `measured` of them, drawn by the seed, in their order. */
function sample<T>(all: T[], seed: number): T[] {
  if (all.length <= measured) return all;
  const order = random(seed).shuffle(Uint32Array.from(all.keys()));
  return Array.from(order.subarray(0, measured).sort(), (at) => all[at]!);
}

/** The day of a time, UTC. */
export function dateOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function tooLittle(message: string, remedy: string): EndcapError {
  return new EndcapError('too_little_data', message, { remedy });
}
