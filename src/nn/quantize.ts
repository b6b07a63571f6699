/** Embedding rows in a quarter of the memory: 8-bit codes and one scale per row. */
export interface QuantizedRows {
  width: number;
  codes: Int8Array;
  scales: Float32Array;
}

/** Symmetric quantisation: the largest element of a row becomes ±127, so the error is at most scale / 2. */
export function quantizeRows(values: Float32Array, width: number): QuantizedRows {
  const rows = values.length / width;
  const codes = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    let largest = 0;
    for (let i = row * width; i < (row + 1) * width; i++) largest = Math.max(largest, Math.abs(values[i]!));
    scales[row] = largest / 127;
    if (largest === 0) continue;
    for (let i = row * width; i < (row + 1) * width; i++) codes[i] = Math.round((values[i]! * 127) / largest);
  }
  return { width, codes, scales };
}

/** Back to floats, for a table that is read in full (`Weights.load`). */
export function dequantizeRows({ width, codes, scales }: QuantizedRows): Float32Array {
  return Float32Array.from(codes, (code, i) => code * scales[Math.floor(i / width)]!);
}
