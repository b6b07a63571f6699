import { randomFillSync } from 'node:crypto';

/** Random bytes are drawn by the page: a draw of ten costs more than all the rest of an id. */
const drawn = Buffer.alloc(4_096);
let used = drawn.length;

/** A new id that sorts by time: 48 bits of ms, 80 random bits, base 36 (like a ULID, shorter alphabet rules). */
export function newId(prefix: string, now: number): string {
  return `${prefix}_${now.toString(36).padStart(9, '0')}${random40()}${random40()}`;
}

/** 40 random bits in eight characters. */
function random40(): string {
  if (used + 5 > drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  used += 5;
  return drawn
    .readUIntBE(used - 5, 5)
    .toString(36)
    .padStart(8, '0');
}

/** An id of an event, an item, a shopper: it becomes a key of the store, so it is short and plain. */
export const idLength = 128;
/** No control characters and no halves of characters. */
export const idPattern = '^[^\\p{Cc}\\p{Cs}]*$';
const plain = new RegExp(idPattern, 'u');

export function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= idLength && plain.test(value);
}
