import { crc32 } from './crc32.js';

const sealSize = 4;

/** The bytes with a checksum behind them, of the bytes and of the key they are kept under. */
export function seal(bytes: Uint8Array, key = ''): Buffer {
  const sealed = Buffer.allocUnsafe(bytes.length + sealSize);
  sealed.set(bytes);
  sealed.writeUInt32LE(checksum(bytes, bytes.length, key), bytes.length);
  return sealed;
}

/** Length of what was sealed into the first `size` bytes; throws where they are not as they were written. */
export function sealedLength(bytes: Uint8Array, size = bytes.length, key = ''): number {
  const end = size - sealSize;
  const right = end >= 0 && readUint32(bytes, end) === checksum(bytes, end, key);
  if (!right) throw new Error('wrong checksum');
  return end;
}

function checksum(bytes: Uint8Array, size: number, key: string): number {
  return crc32(bytes, size, key === '' ? 0 : crc32(Buffer.from(key)));
}

/** Little-endian, without a view of the bytes that would have to be made for each record. */
function readUint32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)) >>> 0;
}
