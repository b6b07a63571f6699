import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile, ProfileEvent } from '../../src/core/index.js';
import { sessionItems } from '../../src/recommend/session.js';
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
