import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecommendRequest } from '../../src/core/index.js';
import { diversify } from '../../src/recommend/diversity.js';
import { Pages } from '../../src/recommend/pages.js';

const minute = 60_000;
const request = (offset: number, more: Partial<RecommendRequest> = {}): RecommendRequest => ({
  user: 'u',
  scenario: 'home',
  offset,
  ...more,
});

test('a further page goes on where the first ended, within a visit, for the same question', () => {
  const pages = new Pages();
  assert.deepEqual(pages.page(request(0), [1, 2, 3, 4, 5], 2, 0), [1, 2]);
  // Meanwhile what comes first is another: nothing is shown twice, nothing is left out.
  assert.deepEqual(pages.page(request(2), [9, 4, 1, 2, 3], 2, 30 * minute), [9, 4]);
  assert.deepEqual(pages.page(request(4), [7, 9, 4, 1, 2, 3], 2, 60 * minute), [7, 3]);
  assert.deepEqual(pages.page(request(2), [8, 7, 6, 5], 2, 91 * minute), [6, 5], 'another visit');
  pages.page(request(0), [1, 2, 3], 2, 0);
  assert.deepEqual(pages.page(request(2, { user: 'other' }), [8, 7, 6, 5], 2, 0), [6, 5]);
  assert.deepEqual(pages.page(request(2, { filter: 'price < 5' }), [8, 7, 6, 5], 2, 0), [6, 5]);
  assert.deepEqual(pages.page(request(0), [6, 5, 4], 2, 0), [6, 5], 'a first page is made anew');
});

test('lists that were begun are forgotten, the oldest first, where there are too many', () => {
  const pages = new Pages();
  pages.page(request(0, { user: 'first' }), [1, 2, 3], 1, 0);
  for (let at = 0; at < 1_999; at++) pages.page(request(0, { user: `u${at}` }), [1, 2, 3], 1, 0);
  assert.deepEqual(pages.page(request(1, { user: 'first' }), [3, 2, 1], 1, 0), [3], 'it goes on');
  pages.page(request(0, { user: 'one more' }), [1, 2, 3], 1, 0);
  assert.deepEqual(pages.page(request(1, { user: 'u0' }), [3, 2, 1], 1, 0), [2], 'it is begun again');
});

test('a third of a kind stands behind the others, as long as two stand near', () => {
  const alike = (a: number, b: number): boolean => Math.floor(a / 100) === Math.floor(b / 100);
  assert.deepEqual(diversify([101, 102, 103, 201, 104, 301], alike), [101, 102, 201, 301, 103, 104]);
  const far = Array.from({ length: 12 }, (_, at) => 1_000 + 100 * at);
  assert.deepEqual(diversify([101, 102, ...far, 103], alike), [101, 102, ...far, 103]);
  assert.deepEqual(diversify([101, 102, ...far.slice(1), 103], alike), [101, 102, ...far.slice(1), 103]);
  assert.deepEqual(diversify([101, 102, ...far.slice(2), 103], alike), [101, 102, ...far.slice(2), 103]);
});
