import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bought, Profile } from '../../src/core/index.js';
import type { EngineContext } from '../../src/recommend/context.js';
import { boughtAndDue } from '../../src/recommend/due.js';
import { day, start } from '../support/events.js';

const ids = ['soap', 'lamp', 'bulb', 'filter'];
const engine = {
  catalogue: {
    find: (id: string) => ids.indexOf(id),
    item: (handle: number) => ({ id: ids[handle], attributes: { consumable: handle === 0 } }),
  },
} as unknown as EngineContext;

const bought = (firstDay: number, lastDay: number, times: number): Bought => ({
  units: 1,
  first: start + firstDay * day,
  last: start + lastDay * day,
  times,
});

test('due is what was bought twice or more once most of its own time is over, and what is used up', () => {
  const due = (of: Record<string, Bought>, atDay: number, byRhythm = true): string[] => {
    const profile = { bought: new Map(Object.entries(of)) } as unknown as Profile;
    return boughtAndDue(engine, profile, start + atDay * day, byRhythm).due.map((handle) => ids[handle]!);
  };
  const twice = { lamp: bought(0, 10, 2) };
  assert.deepEqual([due(twice, 17.9), due(twice, 18), due(twice, 18, false)], [[], ['lamp'], []]);
  assert.deepEqual(due({ lamp: bought(0, 10, 3) }, 14), ['lamp'], 'five days between three');
  assert.deepEqual(due({ lamp: bought(0, 0, 1), bulb: bought(0, 0, 2) }, 500), []);
  const once = { soap: bought(0, 0, 1) };
  assert.deepEqual([due(once, 11), due(once, 11.2), due(once, 11.2, false)], [[], ['soap'], ['soap']]);
  // What is nearest to its day comes first.
  assert.deepEqual(due({ lamp: bought(0, 10, 2), filter: bought(0, 20, 2) }, 40), ['filter', 'lamp']);
});

test('what is used up is not kept off the shelf as something they have', () => {
  const profile = {
    bought: new Map([
      ['soap', bought(0, 0, 1)],
      ['lamp', bought(0, 0, 1)],
    ]),
  } as unknown as Profile;
  assert.deepEqual([...boughtAndDue(engine, profile, start, true).had], [1]);
});
