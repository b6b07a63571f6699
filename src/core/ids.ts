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
/** No control characters, as every dialect of expressions writes it; halves of characters are looked for apart. */
export const idPattern = '^[^\\x00-\\x1f\\x7f-\\x9f]*$';
const plain = new RegExp(idPattern, 'u');

export function isId(value: unknown): value is string {
  return (
    typeof value === 'string' &&
    value !== '' &&
    value.length <= idLength &&
    plain.test(value) &&
    !loneSurrogate.test(value)
  );
}

const loneSurrogate = /\p{Cs}/u;

/** Whether a text is made of whole characters. */
export function isText(value: string): boolean {
  return !loneSurrogate.test(value);
}

/** What a page calls a shopper it does not know: 128 random bits or more, so that who knows it has made it. */
const anonymous = /^anon[_-](?:[0-9a-f]{32,100}|[A-Za-z0-9_-]{22,100})$/;

/** Whether `id` is an anonymous one that nobody can guess; texts with hardly any variety are no random bits. */
export function isAnonymousId(id: string): boolean {
  return anonymous.test(id) && new Set(id.slice(5)).size >= 7;
}
