import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { Packr } from 'msgpackr';

/** The buffer that all packers of the process share begins anew with so many bytes. */
const freshBytes = 1 << 16;
/** A value that takes more is packed into a buffer of its own. */
const largeBytes = 1 << 20;

/**
 * The value packed. All packers share one buffer, which grows to the largest value ever packed and is replaced by one
 * as large each time it is full, while any small value packed into it keeps all of it: what is large leaves none behind.
 */
export function packAlone(packr: Packr, value: unknown): Buffer {
  const bytes = packr.pack(value);
  if (bytes.buffer.byteLength > largeBytes) packr.useBuffer(Buffer.allocUnsafeSlow(freshBytes));
  return bytes;
}

const objects = new Packr({ useRecords: false, moreTypes: true });

/** A value, typed arrays in it or not, as the bytes of an object: compressed, and with a checksum. */
export function packObject(value: unknown): Promise<Uint8Array> {
  return promisify(gzip)(packAlone(objects, value), { level: 1 });
}

/** What `packObject` was given. Throws where the bytes are not as it wrote them. */
export async function unpackObject(bytes: Uint8Array): Promise<unknown> {
  return unpackAlone(objects, await promisify(gunzip)(bytes));
}

const smallest = new Packr().pack(null);

/** The value of the bytes. A reader keeps what it read last: what is large is not left with it. */
export function unpackAlone(packr: Packr, bytes: Uint8Array): unknown {
  try {
    return packr.unpack(bytes);
  } finally {
    if (bytes.length > largeBytes) packr.unpack(smallest);
  }
}
