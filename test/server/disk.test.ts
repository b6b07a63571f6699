import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { server } from './support.js';

test('on a disk that is full, really, writes get 507, reads are answered, and room brings writes back', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'endcap-'));
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', dir]).status !== 0) {
    rmdirSync(dir);
    t.skip('no right to mount a small disk here');
    return;
  }
  const { call, engine } = await server(t, { dir });
  t.after(() => {
    spawnSync('umount', ['-l', dir]);
    rmdirSync(dir);
  });
  const send = (id: string) =>
    call('POST', '/v1/events', { id, type: 'view', user: 'u', items: [{ id: 'phone' }] });
  assert.equal((await send('before')).status, 200);
  const ballast = join(dir, 'ballast');
  writeFileSync(ballast, Buffer.alloc(30 << 20));
  const refused = await Promise.all([
    send('during'),
    call('PUT', '/v1/items', [{ id: 'x' }]),
    call('PATCH', '/v1/items/phone', { price: 1 }),
    call('DELETE', '/v1/items/phone'),
  ]);
  for (const { status, body } of refused) {
    assert.equal(status, 507);
    assert.equal(body.code, 'disk_full');
  }
  assert.equal((await call('POST', '/v1/events', { type: 5 })).status, 400, 'what is wrong is wrong first');
  const shelf = await call('POST', '/v1/recommend', { user: 'u', scenario: 'home', explain: true });
  assert.equal(shelf.status, 200);
  assert.equal((await call('GET', '/v1/items/phone')).body.price, 500);
  assert.equal((await call('GET', '/v1/users/u/profile')).body.total, 1);
  unlinkSync(ballast);
  const again = await send('during');
  assert.equal(again.body.events[0].status, 'accepted');
  assert.equal(engine.state.offset, 2);
});
