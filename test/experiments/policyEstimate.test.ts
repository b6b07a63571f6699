import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, random } from '../../src/core/index.js';
import { estimatePolicy, shownLists } from '../../src/experiments/index.js';
import { parsePolicy } from '../../src/recommend/index.js';
import { event } from './support.js';

const catalogue = new Map(
  ['good', 'fair', 'bad'].map((id): [string, Item] => [id, { id, brand: id, category: id }]),
);
const appeal: Record<string, number> = { good: 0.6, fair: 0.3, bad: 0.05 };
const looked = [0.9, 0.5, 0.25];

/** Lists in random order; a place is looked at by chance, and what is looked at is clicked by its appeal. */
function lists(count: number) {
  const rng = random(3);
  return Array.from({ length: count }, () => {
    const items = rng.shuffle(['good', 'fair', 'bad']);
    return { items, clicked: items.filter((id, at) => rng.float() < looked[at]! * appeal[id]!) };
  });
}

test('the clicks of a policy are estimated as they would be', () => {
  const policy = parsePolicy(
    '{"boost": [{"name": "good first", "filter": "brand = \\"good\\"", "factor": 10}]}',
  );
  const { clicks, ndcg, changed, coverage } = estimatePolicy(policy, lists(20_000), catalogue);
  // Good is first, the others behind it in either order.
  const truth = 0.9 * 0.6 + (0.5 + 0.25) * 0.5 * (0.3 + 0.05);
  assert.ok(Math.abs(clicks.after - truth) < 0.03, `${clicks.after} for ${truth}`);
  assert.ok(clicks.low < truth && clicks.low > clicks.before);
  assert.ok(ndcg.after > ndcg.before);
  assert.ok(Math.abs(changed - 2 / 3) < 0.02, `${changed}`);
  assert.deepEqual(coverage, { before: 3, after: 3 });
});

test('a policy that changes nothing is estimated as nothing', () => {
  const { clicks, changed, ndcg } = estimatePolicy(parsePolicy('{}'), lists(1_000), catalogue);
  assert.equal(changed, 0);
  assert.equal(clicks.after, clicks.before);
  assert.equal(ndcg.after, ndcg.before);
});

test('lists are read from impressions and the clicks that carry their id', async () => {
  async function* log() {
    yield { event: event('impression', 'u', 1, { attribution: 'r1', items: [{ id: 'a' }, { id: 'b' }] }) };
    yield { event: event('click', 'u', 2, { attribution: 'r1', items: [{ id: 'b' }] }) };
    yield { event: event('click', 'u', 3, { attribution: 'r1', items: [{ id: 'b' }] }) };
    yield { event: event('click', 'u', 3, { attribution: 'r1', items: [{ id: 'never shown' }] }) };
    yield { event: event('click', 'u', 3, { items: [{ id: 'a' }] }) };
  }
  assert.deepEqual(await shownLists(log()), [{ items: ['a', 'b'], clicked: ['b'] }]);
});
