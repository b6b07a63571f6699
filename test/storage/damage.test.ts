import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open } from 'lmdb';
import { random } from '../../src/core/index.js';
import { checkDataFile } from '../../src/storage/check.js';
import { openStore } from '../../src/storage/index.js';
import { event, scratch } from '../support/events.js';

const child = fileURLToPath(new URL('../support/lookAtStore.js', import.meta.url));

test('a page with the same key twice, or with keys out of order, is damaged', async (t) => {
  const dir = scratch(t);
  const root = open({ path: dir, noSubdir: false, encoding: 'binary' });
  for (const key of ['key-a', 'key-b', 'key-c']) await root.put(key, Buffer.from('value'));
  await root.close();
  const path = join(dir, 'data.mdb');
  const whole = readFileSync(path).toString('latin1');
  checkDataFile(path, '', false);
  for (const key of ['key-a', 'key-0']) {
    writeFileSync(path, whole.replaceAll('key-b', key), 'latin1');
    assert.throws(() => checkDataFile(path, '', false), /keys are out of order/, key);
  }
});

test('a record that is whole, but stands under the key of another, is damaged', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  const value = Buffer.from('value');
  await store.state.write(['a', 'b'].map((key) => ({ space: 's', key, value })));
  await store.close();
  const root = open({ path: join(dir, 'state'), noSubdir: false, encoding: 'binary' });
  await root.put(['s', 'b'], root.get(['s', 'a']));
  await root.close();
  const again = openStore(dir);
  assert.deepEqual(Buffer.from(again.state.get('s', 'a')!), value);
  assert.throws(() => again.state.get('s', 'b'), { code: 'store_corrupt' });
  await again.close();
});

test('whatever is damaged in a store is said, and never read as if it were right', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  for (let batch = 0; batch < 10; batch++) {
    const ids = Array.from({ length: 200 }, (_, at) => `${batch * 200 + at}`);
    await store.log.append(ids.map((id) => event({ id, query: id.repeat(20) })));
    const changes = ids.map((key) => ({ space: 's', key, value: Buffer.from(key.repeat(50)) }));
    await store.state.write(changes);
    await store.facts.write([...changes, { space: 's', key: 'long', value: Buffer.alloc(20_000, batch) }]);
  }
  await store.close();
  const look = (): string => {
    rmSync(join(dir, 'lock.pid'), { force: true });
    const { stdout, stderr, signal } = spawnSync(process.execPath, [child, dir], { encoding: 'utf8' });
    assert.equal(signal, null, 'the process was not ended by a signal');
    assert.equal(stderr, '');
    return stdout.trim();
  };
  const whole = look();
  const chance = random(5);
  const damages: ((bytes: Buffer, at: number) => void)[] = [
    (bytes, at) => void bytes.writeUInt8(bytes[at]! ^ (1 << chance.int(8)), at),
    (bytes, at) => void bytes.fill(0, at & ~4095, (at & ~4095) + 4096),
    (bytes, at) => {
      const page = bytes.subarray(at & ~4095, (at & ~4095) + 4096);
      for (let k = 0; k < page.length; k++) page[k] = chance.int(256);
    },
  ];
  let found = 0;
  for (let round = 0; round < 18; round++) {
    const path = join(dir, ['log', 'state', 'facts'][round % 3]!, 'data.mdb');
    const before = readFileSync(path);
    const bytes = Buffer.from(before);
    damages[Math.floor(round / 3) % 3]!(bytes, chance.int(bytes.length));
    writeFileSync(path, bytes);
    const seen = look();
    // A page that is free, or the unused end of one, may hold anything.
    assert.ok(seen === 'store_corrupt' || seen === whole, `${round}: ${seen}`);
    if (seen === 'store_corrupt') found++;
    writeFileSync(path, before);
  }
  assert.ok(found >= 8, `${found} of 18 hit something`);
  assert.equal(look(), whole);
});
