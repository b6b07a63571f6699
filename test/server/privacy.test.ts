import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { silent } from '../../src/core/index.js';
import { openState, replay } from '../../src/projections/index.js';
import { openStore } from '../../src/storage/index.js';
import { logged, scratch } from '../support/events.js';
import { server } from './support.js';

const anna = 'anna-4711@shop.example';
const device = 'anon_00112233445566778899aabbccddeeff';

/** Files of a folder that hold the text, by whatever bytes it is there. */
function filesWith(dir: string, text: string): string[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => readFileSync(path).includes(text));
}

test('an erased shopper is in no file of the store, and a replay does not bring them back', async (t) => {
  const dir = scratch(t);
  const { call, engine, app } = await server(t, { dir });
  let n = 0;
  const send = (user: string, fields: object = {}) =>
    call('POST', '/v1/events', { id: `e${n++}`, type: 'view', user, items: [{ id: 'phone' }], ...fields });
  for (let at = 0; at < 60; at++) {
    await send(anna, { id: `${anna}-order-${at}`, type: 'purchase', items: [{ id: 'case' }], session: anna });
    await send(`other${at}`);
  }
  await send(device, { items: [{ id: 'case' }], query: 'a secret wish' });
  await send(anna, { type: 'identify', items: [], context: { anonymous: device } });
  await send(device, { query: 'of the next person' });
  await send('bert', { context: { referrer: anna, page: 'home' } });
  const refused = { id: 'bad', type: 'BAD!', user: anna };
  await call('POST', '/v1/events', [refused, { ...refused, user: 'bert' }]);
  await call('POST', '/v1/recommend', { user: anna, scenario: 'home', explain: true });
  await engine.state.checkpoint();
  writeFileSync(join(dir, 'import-report.json'), JSON.stringify({ worst: anna }));
  assert.ok(filesWith(dir, anna).length >= 4, 'log, state, quarantine, report');

  const whole = (await call('GET', `/v1/users/${encodeURIComponent(anna)}/export`)).body;
  assert.equal(whole.events.length, 62, 'their own, the join, and what the device did before it');
  assert.ok(whole.events.some(({ event }: { event: { query?: string } }) => event.query === 'a secret wish'));
  assert.equal(whole.profile.total, 62);

  const { status, body } = await call('DELETE', `/v1/users/${encodeURIComponent(anna)}`);
  assert.equal(status, 200);
  const { receipt, time, ...rest } = body;
  assert.match(receipt, /^erased_/);
  assert.deepEqual(rest, {
    events: 62,
    mentions: 1,
    profile: true,
    quarantineLines: 1,
    scrubbed: true,
    statistics: 'made anew at the next start',
    stillNamedIn: ['import-report.json'],
  });
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
  assert.equal(engine.profile(anna).total, 0);
  assert.equal(engine.profile(device).total, 1, 'what the device did since is of whoever has it now');
  const again = (await call('GET', `/v1/users/${encodeURIComponent(anna)}/export`)).body;
  assert.deepEqual([again.events, again.cart, again.profile.events], [[], {}, []]);
  assert.deepEqual(filesWith(dir, anna), [join(dir, 'import-report.json')]);
  assert.deepEqual(filesWith(dir, 'a secret wish'), []);
  const audit = JSON.parse(readFileSync(join(dir, 'audit.jsonl'), 'utf8'));
  assert.deepEqual([audit.action, audit.receipt, audit.events], ['shopper erased', receipt, 62]);
  assert.equal((await send('late')).status, 200, 'the shop goes on');
  const sums = engine.state.itemStats('case', engine.now)!;
  assert.equal(sums.counts.purchase, 1, 'sums hold it until the next start, as the receipt says');
  await app.close();
  await engine.close();

  const store = openStore(dir);
  const state = await openState(store, {}, silent);
  assert.equal(state.itemStats('case', Date.now())!.counts.purchase, undefined, 'as if they had never been');
  assert.equal(state.itemStats('phone', Date.now())!.counts.view, 63);
  const digest = await state.digest();
  const replayed = await replay(store, {}, silent);
  assert.equal(await replayed.digest(), digest);
  assert.equal(replayed.profile(anna, Date.now()).total, 0);
  const events = await logged(store.log);
  assert.equal(events.length, 125, 'no offset has moved');
  assert.deepEqual(events.find(({ user }) => user === 'bert')!.context, { page: 'home' });
  await store.close();
  assert.deepEqual(filesWith(dir, anna), [join(dir, 'import-report.json')]);
});

test('a second erasure finds nothing; others are as they were', async (t) => {
  const { call, engine } = await server(t);
  const view = { type: 'view', items: [{ id: 'phone' }] };
  await call('POST', '/v1/events', [
    { ...view, user: 'a' },
    { ...view, user: 'b' },
  ]);
  assert.equal((await call('DELETE', '/v1/users/a')).body.events, 1);
  const nothing = (await call('DELETE', '/v1/users/a')).body;
  assert.deepEqual([nothing.events, nothing.profile], [0, false]);
  assert.equal((await call('DELETE', '/v1/users/nobody')).body.statistics, 'unchanged');
  assert.equal(engine.profile('b').total, 1);
  await call('POST', '/v1/events', { ...view, user: 'a' });
  assert.equal(engine.profile('a').total, 1, 'who comes back is new');
});

test('an erasure of nobody makes the next start no longer; one of somebody makes the sums anew', async (t) => {
  const dir = scratch(t);
  for (const [user, statistics, replayed] of [
    ['nobody', 'unchanged', false],
    ['somebody', 'made anew at the next start', true],
  ] as const) {
    const { call, engine, app } = await server(t, { dir });
    await call('POST', '/v1/events', { id: '1', type: 'view', user: 'somebody', items: [{ id: 'phone' }] });
    const { body } = await call('DELETE', `/v1/users/${user}`);
    assert.equal(body.statistics, statistics);
    await app.close();
    await engine.close();
    const store = openStore(dir);
    const phases: string[] = [];
    await openState(store, {}, ({ phase }) => void phases.push(phase));
    assert.equal(phases.length > 0, replayed, user);
    await store.close();
  }
});

test('events older than the shop keeps are erased, the others stay', async (t) => {
  const dir = scratch(t);
  const { call, engine, app } = await server(t, { dir });
  const day = 86_400_000;
  for (const [user, age] of [
    ['old-shopper', 800],
    ['old-shopper', 740],
    ['new-shopper', 720],
    ['new-shopper', 1],
  ] as const) {
    const time = Date.now() - age * day;
    await call('POST', '/v1/events', { type: 'view', user, items: [{ id: 'phone' }], time });
  }
  const twice = [await engine.eraseBefore(Date.now() - 730 * day), await engine.eraseBefore(0)];
  assert.deepEqual(twice, [
    { events: 2, ids: ['old-shopper'] },
    { events: 0, ids: [] },
  ]);
  await app.close();
  await engine.close();
  const store = openStore(dir);
  const state = await openState(store, {}, silent);
  assert.equal(state.profile('old-shopper', Date.now()).total, 0);
  assert.equal(state.profile('new-shopper', Date.now()).total, 2);
  await store.close();
  assert.deepEqual(filesWith(dir, 'old-shopper'), []);
});

test('an event is kept for what its consent allows only', async (t) => {
  const { call, engine } = await server(t);
  const send = async (user: string, consent?: string[], fields: object = {}) =>
    (
      await call('POST', '/v1/events', {
        id: `${user}-1`,
        type: 'purchase',
        user,
        session: 'visit',
        context: { mail: user },
        items: [{ id: 'phone' }],
        ...fields,
        ...(consent && { consent }),
      })
    ).body.events[0];
  const counted = () => engine.state.itemStats('phone', engine.now)?.counts.purchase ?? 0;
  const known = (user: string) => engine.profile(user).total;

  assert.equal((await send('all')).status, 'accepted');
  assert.deepEqual([known('all'), counted()], [1, 1]);
  assert.equal((await send('me', ['personalise'])).status, 'accepted');
  assert.deepEqual([known('me'), counted()], [1, 1], 'shown to them, counted nowhere');
  assert.equal((await send('mail', ['marketing'])).status, 'accepted');
  assert.deepEqual([known('mail'), counted()], [0, 1]);
  const none = await send('none', []);
  assert.deepEqual([none.status, none.offset, none.id], ['not_kept', undefined, 'none-1']);
  const before = engine.state.offset;
  const stats = await send('stats', ['statistics']);
  assert.deepEqual([stats.status, stats.id], ['accepted', 'stats-1']);
  assert.equal((await send('stats', ['statistics'])).status, 'duplicate');
  assert.equal((await send('stats', ['statistics'], { id: 'stats-2' })).status, 'accepted');
  assert.deepEqual([known('stats'), counted()], [0, 2], 'one shopper counts once, without a name');
  const events = await logged(engine.store.log, before);
  assert.equal(events.length, 2);
  assert.ok(!JSON.stringify(events).includes('stats-'));
  assert.ok(!('session' in events[0]!) && !('context' in events[0]!));
  assert.equal((await call('POST', '/v1/events', { type: 'view', user: 'u', consent: ['ads'] })).status, 400);
});

test('what a robot does is kept, marked, and counts nowhere', async (t) => {
  const { call, engine } = await server(t);
  const view = { type: 'view', user: 'crawler', items: [{ id: 'phone' }], robot: true };
  assert.equal((await call('POST', '/v1/events', view)).status, 200);
  assert.equal(engine.profile('crawler').total, 0);
  assert.equal(engine.state.itemStats('phone', engine.now)?.counts.view, undefined);
  assert.equal((await logged(engine.store.log))[0]!.robot, true);
});
