/** `values` at `rows`. A loop, here and below: `from` goes through iterators, an allocation for each number. */
export function gather<T extends Uint32Array | Float32Array>(values: T, rows: Uint32Array): T {
  const picked = new (values.constructor as new (length: number) => T)(rows.length);
  for (let at = 0; at < rows.length; at++) picked[at] = values[rows[at]!]!;
  return picked;
}

/** The same as an array that can grow. */
export function listAt(values: Int32Array | Uint32Array, rows: Uint32Array): number[] {
  const picked: number[] = [];
  for (let at = 0; at < rows.length; at++) picked.push(values[rows[at]!]!);
  return picked;
}

/** Room for `size` whole and as many real numbers, in one buffer: each costs the garbage collector, not its size. */
export function numbersFor(size: number): { whole: Uint32Array; real: Float32Array } {
  const buffer = new ArrayBuffer(8 * size);
  return { whole: new Uint32Array(buffer, 0, size), real: new Float32Array(buffer, 4 * size) };
}
