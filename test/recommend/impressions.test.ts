import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Event } from '../../src/core/index.js';
import { Impressions, mostOfAll } from '../../src/recommend/policy/impressions.js';

test('what was shown is remembered of those who came last, so much in all; what is invented is not', () => {
  const impressions = new Impressions();
  const tell = (type: string, user: string, items: Event['items']): void =>
    impressions.apply({ id: 'e', type, user, time: 5, items });
  const many = Array.from({ length: 200 }, (_, at) => ({ id: `i${at}` }));
  const rounds = mostOfAll / 200 + 10;
  for (let n = 0; n < rounds; n++) {
    tell('impression', `u${n}`, many);
    tell('impression', `u${n}`, [{ id: 'x', unlisted: true }]);
  }
  const last = rounds - 1;
  assert.equal(impressions.size, mostOfAll);
  assert.equal(impressions.count('u9', 'i5', 0), 0);
  assert.equal(impressions.count('u10', 'i5', 0), 1);
  assert.equal(impressions.count(`u${last}`, 'i5', 0), 1);
  assert.equal(impressions.count(`u${last}`, 'x', 0), 0);
  tell('click', `u${last}`, [{ id: 'i5' }]);
  assert.equal(impressions.count(`u${last}`, 'i5', 0), 0);
  assert.equal(impressions.size, mostOfAll - 1);
});
