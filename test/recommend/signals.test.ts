import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EngineContext } from '../../src/recommend/context.js';
import { openEngine } from '../../src/recommend/index.js';
import { engineSignals } from '../../src/recommend/searchSignals.js';
import { memoryStore } from '../../src/storage/index.js';
import { day, event, start } from '../support/events.js';

test('search is told what the model likes best, each item by its place', async () => {
  const model = { knows: () => true, retrieve: async () => [4, 7, 9] };
  const signals = engineSignals(() => ({ model }) as unknown as EngineContext);
  const profile = { user: 'u', events: [], total: 0, counters: {} };
  assert.deepEqual(
    [...(await signals.model(profile, [4, 7, 9], start))],
    [
      [4, 1],
      [7, 1 - 1 / 3],
      [9, 1 - 2 / 3],
    ],
  );
});

test('what goes with an item counts once, however often the item was looked at, and not for what was disliked', async (t) => {
  const engine = await openEngine({ store: memoryStore(), clock: () => start });
  t.after(() => engine.close());
  const ids = ['lamp', 'bulb', 'pen', 'ink', 'saw', 'nail'];
  await engine.catalogue.put(ids.map((id) => ({ id, title: id })));
  let sent = 0;
  const send = (user: string, type: string, on: string[], time: number): Promise<unknown> =>
    engine.ingest([event({ id: `s${sent++}`, user, type, time, items: on.map((id) => ({ id })) })]);
  // Bought together by as many.
  for (let buyer = 0; buyer < 8; buyer++)
    for (const pair of [
      ['lamp', 'bulb'],
      ['pen', 'ink'],
      ['saw', 'nail'],
    ])
      await send(`${pair[0]}-${buyer}`, 'purchase', pair, start - 9 * day);
  const related = (user: string): ReadonlyMap<number, number> =>
    engine.signals.related(engine.profile(user), start);
  const of = (user: string, id: string): number => related(user).get(engine.catalogue.find(id)) ?? 0;
  // Long before this session: only what is older than it counts here.
  await send('once', 'view', ['pen'], start - 3 * day);
  await send('once', 'view', ['lamp'], start - 2 * day);
  await send('often', 'view', ['pen'], start - 3 * day);
  for (let at = 0; at < 6; at++) await send('often', 'view', ['lamp'], start - 2 * day + at);
  assert.ok(of('once', 'bulb') > of('once', 'ink') && of('once', 'ink') > 0);
  assert.equal(of('often', 'ink') / of('often', 'bulb'), of('once', 'ink') / of('once', 'bulb'));
  await send('cross', 'view', ['pen'], start - 3 * day);
  await send('cross', 'dislike', ['saw'], start - 2 * day);
  assert.equal(of('cross', 'nail'), 0);
  // As strong as eight baskets are worth, whatever else there is.
  assert.ok(Math.abs(of('cross', 'ink') - 8 / 11) < 1e-6, String(of('cross', 'ink')));
});
