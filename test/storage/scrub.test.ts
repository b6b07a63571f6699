import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { open } from 'lmdb';
import { checkDataFile } from '../../src/storage/check.js';
import { scrub } from '../../src/storage/scrub.js';
import { scratch } from '../support/events.js';

test('what was deleted or replaced is not in the file after a scrub, and all else is', async (t) => {
  const dir = scratch(t);
  const root = open({ path: dir, noSubdir: false, maxDbs: 4, encoding: 'binary', overlappingSync: false });
  t.after(() => root.close());
  const path = join(dir, 'data.mdb');
  const part = root.openDB<Buffer, string>({ name: 'part', encoding: 'binary' } as never);
  const big = (text: string, size: number): Buffer => Buffer.alloc(size, text);
  const keep = new Map<string, Buffer>();
  await root.transaction(() => {
    for (let n = 0; n < 3_000; n++) {
      const size = n % 50 === 0 ? 20_000 : 40;
      const secret = n % 3 === 0;
      const value = big(secret ? `secret-person ${n} ` : `kept ${n} `, size);
      part.put(`${secret ? 'secret-person' : 'key'} ${n}`, value);
      if (!secret) keep.set(`key ${n}`, value);
    }
  });
  await root.transaction(() => {
    for (let n = 0; n < 3_000; n += 3) part.remove(`secret-person ${n}`);
    part.put('key 1', big('shorter ', 30_000));
    part.put('key 50', big('was secret-person ', 20_000));
  });
  await root.transaction(() => void part.put('key 50', big('shorter ', 19_000)));
  keep.set('key 1', big('shorter ', 30_000));
  keep.set('key 50', big('shorter ', 19_000));
  assert.ok(readFileSync(path).includes('secret-person'), 'the file keeps what was deleted');

  assert.equal(await scrub(root as never, path), true);
  assert.ok(!readFileSync(path).includes('secret-person'));
  const whole = (): void => {
    assert.equal(part.getCount(), keep.size);
    for (const [key, value] of keep) assert.ok(value.equals(part.get(key)!), key);
  };
  whole();
  await part.put('after', Buffer.from('still writes'));
  keep.set('after', Buffer.from('still writes'));
  whole();
  checkDataFile(path, '', false);
  assert.equal(await scrub(root as never, path), true, 'again');
  whole();
});
