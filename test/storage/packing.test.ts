import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Packr } from 'msgpackr';
import { packAlone, unpackAlone } from '../../src/storage/index.js';

test('what is small does not lie in the buffer of what was large, and both come back', () => {
  const packr = new Packr({ useRecords: false });
  const large = { bytes: new Uint8Array(3 << 20).fill(7) };
  const packed = packAlone(packr, large);
  const small = packAlone(packr, 'small');
  assert.ok(small.buffer.byteLength < 1 << 20, `${small.buffer.byteLength} bytes are kept by five`);
  assert.equal(packr.unpack(small), 'small');
  assert.deepEqual(new Uint8Array(packr.unpack(packed).bytes), large.bytes);
});

test('a reader does not keep what is large, whole or damaged', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const kept = async (damaged: boolean): Promise<boolean> => {
    const packr = new Packr({ useRecords: false });
    const read = (): WeakRef<Uint8Array> => {
      const bytes = Uint8Array.from(packAlone(packr, 'text '.repeat(1 << 19)));
      if (damaged) assert.throws(() => unpackAlone(packr, bytes.subarray(0, 2 << 20)));
      else assert.equal((unpackAlone(packr, bytes) as string).length, 5 << 19);
      return new WeakRef(bytes);
    };
    const bytes = read();
    await new Promise(setImmediate);
    collect();
    return bytes.deref() !== undefined;
  };
  assert.deepEqual([await kept(false), await kept(true)], [false, false]);
});
