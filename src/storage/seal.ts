import { crc32 } from 'node:zlib';

const sealSize = 4;

/** The bytes with a checksum behind them, of the bytes and of the key they are kept under. */
export function seal(bytes: Uint8Array, key = ''): Buffer {
  const sealed = Buffer.allocUnsafe(bytes.length + sealSize);
  sealed.set(bytes);
  sealed.writeUInt32LE(crc32(bytes, crc32(key)), bytes.length);
  return sealed;
}

/** Length of what was sealed into the first `size` bytes; throws where they are not as they were written. */
export function sealedLength(bytes: Uint8Array, size = bytes.length, key = ''): number {
  const end = size - sealSize;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const right = end >= 0 && view.getUint32(end, true) === crc32(bytes.subarray(0, end), crc32(key));
  if (!right) throw new Error('wrong checksum');
  return end;
}
