import { createHash } from 'node:crypto';
import type { Event } from '../core/index.js';

/**
 * How ids of events lie in LMDB beside their offsets. Both are written where LMDB reads them: a buffer for each would be
 * more than all else that an append leaves behind.
 */

/** What an event is known by: its id, within its shopper and the key that sent it. None of them holds the byte 0. */
export const idKey = ({ id, user, key = '' }: Event): string => `${id}\0${user}\0${key}`;

/** Says that ids are kept with their shopper and key; kept under a byte that no text begins with. */
export const scopedMark = '\0';
const [scopedByte, hashByte] = [0xfe, 0xff];

/** Longer keys are kept as a hash. */
const longestKey = 256;

/**
 * The bytes of a text, so that ids that come in order lie in order, or a hash where they are more than a key may have. No
 * text begins with the byte that tells the two apart.
 */
export const idEncoder = {
  writeKey(key: string, target: Uint8Array, start: number): number {
    if (key === scopedMark) {
      target[start] = scopedByte;
      return start + 1;
    }
    const end = key.length > longestKey ? -1 : writeText(key, target, start);
    if (end >= 0 && end - start <= longestKey) return end;
    target[start] = hashByte;
    target.set(createHash('sha256').update(key).digest(), start + 1);
    return start + 33;
  },
  readKey: (bytes: Uint8Array, start: number, end: number): string =>
    Buffer.from(bytes.subarray(start, end)).toString(),
};

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
