import { randomBytes } from 'node:crypto';

/** A new id that sorts by time: 48 bits of ms, 80 random bits, base 36 (like a ULID, shorter alphabet rules). */
export function newId(prefix: string, now: number): string {
  return `${prefix}_${now.toString(36).padStart(9, '0')}${BigInt(`0x${randomBytes(10).toString('hex')}`)
    .toString(36)
    .padStart(16, '0')}`;
}

/** An id of an event, an item, a shopper: it becomes a key of the store, so it is short and plain. */
export const idLength = 128;
/** No control characters and no halves of characters. */
export const idPattern = '^[^\\p{Cc}\\p{Cs}]*$';
const plain = new RegExp(idPattern, 'u');

export function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= idLength && plain.test(value);
}
