/**
 * Rows by score ≥ 0, best first, ties by row; yields after every `step` rows or so, for whoever drives it to let others
 * work. Numbers sort many times faster without a comparison of one's own, so score and row go into one: floats of one
 * sign are in the order of their bits. Runs of `step` are sorted, then merged.
 */
export function* descending(scores: Float32Array, step: number): Generator<void, Uint32Array> {
  const size = scores.length;
  const bits = new Uint32Array(scores.buffer, scores.byteOffset, size);
  let keys = new Float64Array(size);
  for (let row = 0; row < size; row++) {
    keys[row] = -(bits[row]! * size + (size - 1 - row));
    if (row % step === step - 1) yield;
  }
  for (let from = 0; from < size; from += step) {
    keys.subarray(from, from + step).sort();
    yield;
  }
  let other = new Float64Array(size);
  for (let width = step; width < size; width *= 2) {
    for (let from = 0; from < size; from += 2 * width) {
      yield* merge(keys, other, {
        from,
        middle: Math.min(from + width, size),
        to: Math.min(from + 2 * width, size),
        step,
      });
    }
    [keys, other] = [other, keys];
  }
  const rows = new Uint32Array(size);
  for (let at = 0; at < size; at++) {
    rows[at] = size - 1 - (-keys[at]! % size);
    if (at % step === step - 1) yield;
  }
  return rows;
}

function* merge(
  keys: Float64Array,
  into: Float64Array,
  { from, middle, to, step }: { from: number; middle: number; to: number; step: number },
): Generator<void> {
  let left = from;
  let right = middle;
  for (let at = from; at < to; at++) {
    const takesLeft = right >= to || (left < middle && keys[left]! <= keys[right]!);
    into[at] = takesLeft ? keys[left++]! : keys[right++]!;
    if (at % step === step - 1) yield;
  }
}
