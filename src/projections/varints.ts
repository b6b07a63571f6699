let scratch = new Uint8Array(4_096);

/**
 * Pairs [row, count, row, count, …] with rising rows, as the gaps between the rows and the counts, seven bits a byte:
 * three bytes a pair where eight would be.
 */
export function packCounts(pairs: ArrayLike<number>): Uint8Array {
  if (scratch.length < 5 * pairs.length) scratch = new Uint8Array(10 * pairs.length);
  let end = 0;
  let before = 0;
  for (let at = 0; at < pairs.length; at++) {
    let left = at % 2 === 0 ? pairs[at]! - before : pairs[at]!;
    if (at % 2 === 0) before = pairs[at]!;
    for (; left > 127; left >>>= 7) scratch[end++] = (left & 127) | 128;
    scratch[end++] = left;
  }
  return scratch.slice(0, end);
}

export function unpackCounts(bytes: Uint8Array): Int32Array {
  let numbers = 0;
  for (const byte of bytes) if (byte < 128) numbers++;
  const pairs = new Int32Array(numbers);
  let [end, before] = [0, 0];
  for (let at = 0; at < numbers; at++) {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[end++]!;
      value |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if (at % 2 === 0) before = value += before;
    pairs[at] = value;
  }
  return pairs;
}
