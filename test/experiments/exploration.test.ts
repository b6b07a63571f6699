import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exploration, exploredKey } from '../../src/experiments/index.js';

const start = Date.UTC(2026, 0, 5);

test('one shopper tries an item once a day, however often they ask and click', () => {
  const exploration = new Exploration();
  const tell = (type: string, user: string, list: string, time = start): void =>
    exploration.apply({
      id: `${type} ${list}`,
      type,
      user,
      time,
      attribution: list,
      items: [{ id: 'new' }],
      ...(type === 'impression' ? { context: { [exploredKey]: 'new 0.1' } } : { received: time }),
    });
  for (let n = 0; n < 500; n++) {
    tell('impression', 'liar', `l${n}`);
    tell('click', 'liar', `l${n}`);
  }
  assert.deepEqual(exploration.evidence('new'), { shown: 1, clicked: 1 });
  tell('impression', 'honest', 'h');
  assert.deepEqual(exploration.evidence('new'), { shown: 2, clicked: 1 });
  tell('impression', 'liar', 'next day', start + 86_400_000);
  assert.deepEqual(exploration.evidence('new'), { shown: 3, clicked: 1 });
});
