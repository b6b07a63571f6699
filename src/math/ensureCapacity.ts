type Growing = Uint8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array;

/** `array` where it has a place `index`, otherwise a copy at least twice as long, filled up with zeros. */
export function ensureCapacity<T extends Growing>(array: T, index: number): T {
  if (index < array.length) return array;
  const grown = new (array.constructor as new (length: number) => T)(2 * (index + 1));
  grown.set(array);
  return grown;
}
