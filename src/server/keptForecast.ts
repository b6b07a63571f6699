import { createHash } from 'node:crypto';
import { warn } from '../core/index.js';
import type { OutlookKeeper } from '../inventory/index.js';
import type { Store } from '../storage/index.js';

const key = 'inventory/forecast.bin';
/** Where the derived state says which object is of it. */
const mark = { space: 'inventory', key: 'forecast' };

/**
 * Keeps the last forecast of a shop as an object, and its hash in the derived state: a state that is made anew, after a
 * `replay`, an erasure or a restored backup, knows of none, for the forecast was of other sums than its own.
 */
export function keeperOf({ objects, state }: Store): OutlookKeeper {
  return {
    async read() {
      const known = state.get(mark.space, mark.key);
      if (!known) {
        await objects.delete(key);
        return undefined;
      }
      const packed = await objects.get(key);
      if (packed && !hashOf(packed).equals(known)) throw new Error(`${key} is not as it was written`);
      return packed;
    },
    async write(packed) {
      try {
        await objects.put(key, packed);
        await state.write([{ ...mark, value: hashOf(packed) }]);
      } catch (error) {
        warn(error, 'the forecast was not kept: the next start makes it anew');
      }
    },
  };
}

const hashOf = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
