/**
 * An embedding table with sparse gradients. The graph reads rows where they lie; the gradients of the rows that a batch
 * gathered come back and are summed here per distinct row. A step therefore costs as much as the batch, not as much
 * as the catalogue.
 */
export class EmbeddingTable {
  /** The values and one more row of zeros behind them, which the index −1 gathers. */
  readonly padded: Float32Array;
  readonly values: Float32Array;
  readonly shape: readonly [number, number];
  /** Distinct rows gathered in this step; `touched[i]` owns gradient rows i·width … (i+1)·width. */
  touched = new Int32Array(1024);
  count = 0;
  gradient: Float32Array;
  /** slot[row] is the place of a row among `touched`, −1 when absent. */
  private readonly slot: Int32Array;

  constructor(
    readonly name: string,
    rows: number,
    readonly width: number,
  ) {
    this.shape = [rows, width];
    this.padded = new Float32Array((rows + 1) * width);
    this.values = this.padded.subarray(0, rows * width);
    this.slot = new Int32Array(rows).fill(-1);
    this.gradient = new Float32Array(1024 * width);
  }

  /** Adds gradients of gathered rows, [indices.length, width]; rows of negative indices are padding. */
  accumulate(indices: Int32Array, rows: Float32Array): void {
    const { width, slot } = this;
    this.reserve(this.count + indices.length);
    const { touched, gradient } = this;
    for (let i = 0; i < indices.length; i++) {
      const row = indices[i]!;
      if (row < 0) continue;
      const from = i * width;
      let place = slot[row]!;
      if (place >= 0) {
        const to = place * width;
        for (let k = 0; k < width; k++) gradient[to + k]! += rows[from + k]!;
        continue;
      }
      place = this.count++;
      slot[row] = place;
      touched[place] = row;
      const to = place * width;
      for (let k = 0; k < width; k++) gradient[to + k] = rows[from + k]!;
    }
  }

  /** Forgets the gradients of this step. */
  clear(): void {
    for (let i = 0; i < this.count; i++) this.slot[this.touched[i]!] = -1;
    this.count = 0;
  }

  private reserve(count: number): void {
    if (count <= this.touched.length) return;
    const touched = new Int32Array(2 * count);
    touched.set(this.touched);
    const gradient = new Float32Array(2 * count * this.width);
    gradient.set(this.gradient.subarray(0, this.count * this.width));
    this.touched = touched;
    this.gradient = gradient;
  }
}
