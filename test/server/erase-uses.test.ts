import assert from 'node:assert/strict';
import { readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { forgetDeliveries, openMarketing } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer, forgetInQuarantine, type ServerOptions } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

test('a shopper who is erased is gone from what search and marketing keep, and from every file', async (t) => {
  const { dir, engine, marketing, app } = await shop(t);
  await engine.catalogue.put([
    { id: 'a', title: 'Red lamp', price: 5 },
    { id: 'b', title: 'Blue lamp', price: 6 },
  ]);
  const post = (url: string, payload: object) => app.inject({ method: 'POST', url, payload });
  for (const user of ['zoe-to-erase', 'sam-who-stays']) {
    await post('/v1/events', [
      { id: 's', type: 'search', user, query: `lamp of ${user}`, items: [{ id: 'a' }] },
      { id: 'v', type: 'view', user, items: [{ id: 'a' }] },
      { id: 'p', type: 'purchase', user, items: [{ id: 'b', price: 6 }] },
    ]);
  }
  await marketing.save();
  const members = (): string[] => marketing.members('lookers').map(({ user }) => user);
  assert.deepEqual(members().sort(), ['sam-who-stays', 'zoe-to-erase']);
  const erased = await app.inject({ method: 'DELETE', url: '/v1/users/zoe-to-erase' });
  assert.equal(erased.statusCode, 200, erased.body);
  assert.deepEqual(members(), ['sam-who-stays']);
  await app.close();
  await engine.close();
  assert.deepEqual(filesWith(dir, 'zoe-to-erase'), []);
  // Erased where neither search nor marketing is at work, as the command does.
  assert.ok(filesWith(dir, 'sam-who-stays').length > 0);
  const alone = await openEngine({ store: openStore(dir) });
  await forgetDeliveries(alone.store.objects, ['sam-who-stays']);
  await alone.erase('sam-who-stays');
  await alone.close();
  assert.deepEqual(filesWith(dir, 'sam-who-stays'), []);
});

test('whose last event is too old is gone as if erased, from what serves and from every file; others stay', async (t) => {
  const { dir, engine, marketing, app } = await shop(t, { retainDays: 730 });
  await engine.catalogue.put([{ id: 'a', title: 'Red lamp', price: 5 }]);
  const anonymous = 'anon_0123456789abcdeffedcba98765432ab';
  const ages = { 'oldie-who-left': [800, 900], 'both-who-stays': [800, 10], [anonymous]: [801] };
  for (const [user, days] of Object.entries(ages))
    for (const age of days) {
      const time = Date.now() - age * 86_400_000;
      const search = { type: 'search', user, query: `lamp of ${user}`, items: [{ id: 'a' }], time };
      const payload = [
        search,
        { type: 'view', user, items: [{ id: 'a' }], time },
        { type: 'view', user, items: [{ id: 5 }] },
      ];
      await app.inject({ method: 'POST', url: '/v1/events', payload });
    }
  await marketing.save();
  const named = (text: string): string[] => filesWith(dir, text).map((file) => file.slice(dir.length + 1));
  assert.ok(named('oldie-who-left').includes('quarantine/events.jsonl'));
  await engine.jobs.runNow('retention');
  assert.deepEqual([named('oldie-who-left'), named(anonymous)], [[], []]);
  assert.deepEqual(
    marketing.members('lookers').map(({ user }) => user),
    ['both-who-stays'],
  );
  await app.close();
  await engine.close();
  assert.deepEqual([named('oldie-who-left'), named(anonymous)], [[], []], 'nothing wrote them again');
  assert.ok(named('both-who-stays').includes('quarantine/events.jsonl'));
  assert.ok(named('both-who-stays').includes('log/data.mdb'));
});

test('a quarantine file that nothing was added to since what is kept goes with the events', async (t) => {
  const dir = scratch(t);
  const files = ['quarantine-1.jsonl', 'quarantine-2.jsonl', 'other.jsonl'];
  for (const file of files) writeFileSync(join(dir, file), '{"data":{"user":"u"}}\n');
  const [old, young] = [new Date('2024-01-01'), new Date('2026-01-01')];
  utimesSync(join(dir, files[0]!), old, old);
  utimesSync(join(dir, files[1]!), young, young);
  utimesSync(join(dir, files[2]!), old, old);
  await forgetInQuarantine(dir, [], Date.UTC(2025, 0, 1));
  assert.deepEqual(readdirSync(dir).sort(), ['other.jsonl', 'quarantine-2.jsonl']);
});

test('with a shopper go the anonymous ids that were theirs alone; one that did more since stays itself', async (t) => {
  const { dir, engine, marketing, app } = await shop(t);
  await engine.catalogue.put([{ id: 'a', title: 'Red lamp', price: 5 }]);
  const [gone, shared] = ['anon_0123456789abcdeffedcba98765432ab', 'anon_1123456789abcdeffedcba98765432ab'];
  const post = (events: object[]) => app.inject({ method: 'POST', url: '/v1/events', payload: events });
  for (const user of [gone, shared])
    await post([
      { id: 's', type: 'search', user, query: 'lamp', items: [{ id: 'a' }] },
      { id: 'v', type: 'view', user, items: [{ id: 'a' }] },
      { id: 'x', type: 'view', user, items: [{ id: 5 }] },
      { id: `i ${user}`, type: 'identify', user: 'zoe-to-erase', items: [], context: { anonymous: user } },
    ]);
  await post([{ id: 'w', type: 'view', user: shared, items: [{ id: 'a' }] }]);
  await marketing.save();
  const quarantine = (): string => readFileSync(join(dir, 'quarantine', 'events.jsonl'), 'utf8');
  assert.ok(filesWith(dir, gone).length > 2 && quarantine().includes(gone));
  const erased = await app.inject({ method: 'DELETE', url: '/v1/users/zoe-to-erase' });
  assert.equal(erased.json().quarantineLines, 1);
  assert.ok(!quarantine().includes(gone) && quarantine().includes(shared));
  await app.close();
  await engine.close();
  assert.deepEqual(filesWith(dir, 'zoe-to-erase'), []);
  assert.deepEqual(filesWith(dir, gone), []);
  assert.ok(filesWith(join(dir, 'log'), shared).length > 0);
});

/** A shop with an audience of those who looked, whose deliveries wait: nobody listens there. */
async function shop(t: TestContext, options: ServerOptions = {}) {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir) });
  const webhook = { url: 'http://127.0.0.1:9/', secret: 'sixteen characters at least' };
  const marketing = await openMarketing(engine, { dir, allowed: () => true });
  const app = await createServer(engine, { dir, marketing, ...options });
  await marketing.putAudience({ id: 'lookers', name: 'Who looked', rule: 'view >= 1', webhook });
  return { dir, engine, marketing, app };
}

function filesWith(dir: string, text: string): string[] {
  return readdirSync(dir, { recursive: true, encoding: 'utf8', withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => readFileSync(file).includes(text));
}
