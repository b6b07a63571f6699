import {
  EndcapError,
  type Event,
  type EventWeights,
  eventWeight,
  type Profile,
  type ProfileEvent,
} from '../core/index.js';

const day = 86_400_000;

/** One shopper to predict: the profile as it stood at the boundary, and what they then touched for the first time. */
export interface Case {
  profile: Profile;
  now: number;
  targets: ReadonlySet<string>;
  /** Items touched before: excluded from the ranking. */
  seen: ReadonlySet<string>;
}

/** Events before the validation window, before the test window, and the cases of both windows. */
export interface Split {
  train: Event[];
  trainAndValidation: Event[];
  validation: Case[];
  test: Case[];
  boundaries: { validation: number; test: number };
}

/**
 * Split by time: the last `days` are test, the `days` before them validation, the rest train. A case is a shopper
 * with a past and something new in the window; targets are items the shopper had not touched before (discovery:
 * re-buying needs no model). Targets unknown to a model's vocabulary stay in and count as misses.
 */
export function temporalSplit(events: readonly Event[], weights: EventWeights, days: number): Split {
  let last = Number.NEGATIVE_INFINITY;
  for (const { time } of events) last = Math.max(last, time);
  const test = last - days * day;
  const validation = test - days * day;
  const train = events.filter(({ time }) => time < validation);
  const trainAndValidation = events.filter(({ time }) => time < test);
  if (train.length === 0) {
    throw new EndcapError(
      'too_little_data',
      `The events span less than ${3 * days} days: nothing is left to train on`,
      {
        remedy: 'Import more history, or use a shorter window with --days',
      },
    );
  }
  const window = (from: number, to: number): Event[] =>
    events.filter(({ time }) => time >= from && time < to);
  return {
    train,
    trainAndValidation,
    validation: casesOf(train, window(validation, test), weights, validation),
    test: casesOf(trainAndValidation, window(test, Number.POSITIVE_INFINITY), weights, test),
    boundaries: { validation, test },
  };
}

/** Events a profile remembers, as when serving. */
const remembered = 200;

function casesOf(
  past: readonly Event[],
  future: readonly Event[],
  weights: EventWeights,
  now: number,
): Case[] {
  const profiles = new Map<string, ProfileEvent[]>();
  const touched = new Map<string, Set<string>>();
  for (const event of past) {
    const weight = eventWeight(weights, event.type);
    if (weight <= 0) continue;
    const list = profiles.get(event.user) ?? [];
    const seen = touched.get(event.user) ?? new Set<string>();
    profiles.set(event.user, list);
    touched.set(event.user, seen);
    for (const { id } of event.items) {
      list.push({ item: id, type: event.type, time: event.time, weight });
      seen.add(id);
    }
  }
  const targets = new Map<string, Set<string>>();
  for (const event of future) {
    const seen = touched.get(event.user);
    if (!seen || eventWeight(weights, event.type) <= 0) continue;
    const wanted = targets.get(event.user) ?? new Set<string>();
    for (const { id } of event.items) if (!seen.has(id)) wanted.add(id);
    if (wanted.size > 0) targets.set(event.user, wanted);
  }
  return [...targets].map(([user, wanted]) => {
    const all = profiles.get(user)!.sort((a, b) => a.time - b.time);
    return {
      profile: { user, events: all.slice(-remembered), total: all.length, counters: {} },
      now,
      targets: wanted,
      seen: touched.get(user)!,
    };
  });
}
