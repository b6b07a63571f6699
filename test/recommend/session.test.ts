import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile, ProfileEvent } from '../../src/core/index.js';
import type { EngineContext } from '../../src/recommend/context.js';
import { likedItems } from '../../src/recommend/likedItems.js';
import { ScoreAccumulator, Scores } from '../../src/recommend/scores.js';
import { latelyScores, sessionItems, sessionScores } from '../../src/recommend/session.js';
import { start } from '../support/events.js';

const minute = 60_000;

function profile(...events: (Partial<ProfileEvent> & { item: string; ago: number })[]): Profile {
  const full = events.map(({ ago, ...event }) => ({
    type: 'view',
    weight: 1,
    time: start - ago * minute,
    ...event,
  }));
  return { user: 'u', events: full, total: full.length, counters: {} };
}

test('a session reaches back half an hour, and not a minute more', () => {
  const within = sessionItems(profile({ item: 'old', ago: 30 }, { item: 'new', ago: 1 }), start);
  assert.deepEqual(
    within.map(({ event }) => event.item),
    ['new', 'old'],
  );
  const beyond = sessionItems(profile({ item: 'old', ago: 31 }, { item: 'new', ago: 1 }), start);
  assert.deepEqual(
    beyond.map(({ event }) => event.item),
    ['new'],
  );
});

test('the newest counts whole, each one before it less; five at most, each item once', () => {
  const found = sessionItems(
    profile(...['a', 'b', 'c', 'd', 'e', 'f', 'f'].map((item, at) => ({ item, ago: 20 - at }))),
    start,
  );
  assert.deepEqual(
    found.map(({ event }) => event.item),
    ['f', 'e', 'd', 'c', 'b'],
  );
  assert.equal(found[0]!.weight, 1);
  for (let at = 1; at < found.length; at++) {
    assert.ok(found[at]!.weight < found[at - 1]!.weight * 0.95, `${at}: ${found[at]!.weight}`);
    assert.ok(found[at]!.weight > 0);
  }
});

test('what repels or says nothing is not what the shopper is after', () => {
  const found = sessionItems(
    profile(
      { item: 'hated', ago: 3, weight: -1 },
      { item: 'shown', ago: 2, weight: 0 },
      { item: 'liked', ago: 1 },
    ),
    start,
  );
  assert.deepEqual(
    found.map(({ event }) => event.item),
    ['liked'],
  );
});

/** A shop in which row 10 + n goes with item n and row 20 + n stands in for it, each by far. */
const engine = {
  catalogue: { find: (id: string) => Number(id) },
  state: {
    meaning: (type: string) => type,
    pairs: {
      lately: {
        each: (seed: number, _: string, __: number, found: (other: number, count: number) => void) =>
          found(30 + seed, 4),
      },
    },
  },
  relations: {
    complements: (seed: number) => new Scores(Uint32Array.of(10 + seed, 9), Float32Array.of(8, 4)),
    substitutes: (seed: number) => new Scores(Uint32Array.of(20 + seed), Float32Array.of(0.5)),
  },
  accumulator: new ScoreAccumulator(),
} as unknown as EngineContext;

const found = ({ handles, sums }: Scores): Record<number, number> =>
  Object.fromEntries([...handles].map((handle, at) => [handle, Number(sums[at]!.toFixed(3))]));

test('what relates to an item counts as the item does, its best whole; nothing stands in for what was bought', () => {
  const visit = profile(
    { item: '-1', ago: 4 },
    { item: '2', ago: 3 },
    { item: '1', type: 'purchase', ago: 2 },
    { item: '0', ago: 1 },
  );
  assert.deepEqual(found(sessionScores(engine, visit, start)), {
    10: 1,
    20: 1,
    11: 0.7,
    12: 0.49,
    22: 0.49,
    9: 1.095,
  });
  assert.deepEqual(found(latelyScores(engine, visit, start, 'today')), { 30: 4, 31: 2.8, 32: 1.96 });
});

test('what was liked, the newest first, each thing once; what repels is not', () => {
  const liked = profile(...['e', 'd', 'c', 'b', 'a', 'a'].map((item, at) => ({ item, ago: 9_000 - at })), {
    item: 'hated',
    ago: 1,
    weight: -1,
  });
  assert.deepEqual(likedItems(liked, 9), ['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(likedItems(liked, 2), ['a', 'b']);
});
