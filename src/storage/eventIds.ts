import { createHash } from 'node:crypto';
import type { Event } from '../core/index.js';

/**
 * How ids of events lie in LMDB beside their offsets. Both are written where LMDB reads them: a buffer for each would be
 * more than all else that an append leaves behind.
 */

/** What an event is known by: its id, within its shopper and the key that sent it. None of them holds the byte 0. */
export type EventId = Pick<Event, 'id' | 'user' | 'key'>;

const textOf = ({ id, user, key = '' }: EventId): string => `${id}\0${user}\0${key}`;

/** Says that ids are kept with their shopper and key; kept under a byte that no text begins with. */
export const scopedMark = '\0';
const [scopedByte, hashByte] = [0xfe, 0xff];

/** Offsets by what an event is known by, or by an id alone. */
export interface IdOffsets {
  get(key: EventId | string): number | undefined;
  put(key: EventId | string, offset: number): unknown;
  remove(key: EventId | string): unknown;
}

/** Longer keys are kept as a hash. */
const longestKey = 256;

/**
 * The bytes of what an event is known by, or of an id alone, so that ids that come in order lie in order; a hash where
 * they are more than a key may have. No text begins with the byte that tells the two apart.
 */
export const idEncoder = {
  writeKey(key: EventId | string, target: Uint8Array, start: number): number {
    if (key === scopedMark) {
      target[start] = scopedByte;
      return start + 1;
    }
    const isText = typeof key === 'string';
    // Not written where it is longer for sure: what is behind the place of a key is in use.
    if ((isText ? key.length : lengthOf(key)) <= longestKey) {
      const end = isText ? writeText(key, target, start) : writeId(key, target, start);
      if (end - start <= longestKey) return end;
    }
    target[start] = hashByte;
    const hash = createHash('sha256').update(isText ? key : textOf(key));
    target.set(hash.digest(), start + 1);
    return start + 33;
  },
  readKey: (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.subarray(start, end)).toString(),
};

const lengthOf = ({ id, user, key = '' }: EventId): number => id.length + user.length + key.length + 2;

/** As the text of it, which is not made. */
function writeId({ id, user, key = '' }: EventId, target: Uint8Array, start: number): number {
  const idEnd = writeText(id, target, start);
  target[idEnd] = 0;
  const userEnd = writeText(user, target, idEnd + 1);
  target[userEnd] = 0;
  return writeText(key, target, userEnd + 1);
}

/** A text in UTF-8; returns where it ends. Byte by byte as long as it is ASCII: ids are short. */
function writeText(text: string, target: Uint8Array, start: number): number {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code >= 0x80)
      return start + at + encoder.encodeInto(text.slice(at), target.subarray(start + at)).written;
    target[start + at] = code;
  }
  return start + text.length;
}

const encoder = new TextEncoder();

const offsetBytes = Buffer.alloc(4);

/** An offset in four bytes. The buffer is used again: what is put within a transaction is read at once. */
export const offsetEncoder = {
  encode(offset: number): Buffer {
    offsetBytes.writeUInt32LE(offset);
    return offsetBytes;
  },
  decode: (bytes: Uint8Array): number =>
    (bytes[0]! | (bytes[1]! << 8) | (bytes[2]! << 16) | (bytes[3]! << 24)) >>> 0,
};
