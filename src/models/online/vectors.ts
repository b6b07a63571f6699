import { ensureCapacity } from '../../math/index.js';

export interface PackedVectors {
  dimension: number;
  /** [size × dimension] */
  values: Float32Array;
  biases: Float32Array;
  squares: Float32Array;
  biasSquares: Float32Array;
}

/**
 * Vectors and biases of items that learn, with the decayed sum of squared gradients of each: the size of a row's next
 * step. The sum forgets, so steps shrink while a row settles and never die (Duchi et al. 2011 with a leak).
 */
export class ItemVectors {
  values: Float32Array;
  biases = new Float32Array(64);
  /** Decayed sum of the mean squared gradient of the vector, and of the squared gradient of the bias. */
  squares = new Float32Array(64);
  biasSquares = new Float32Array(64);
  size = 0;

  constructor(readonly dimension: number) {
    this.values = new Float32Array(64 * dimension);
  }

  /** Starts at vectors [size × dimension] that were trained elsewhere; `square`: how settled they are. */
  static from(vectors: Float32Array, dimension: number, square = 0): ItemVectors {
    const size = vectors.length / dimension;
    return ItemVectors.restore({
      dimension,
      values: vectors,
      biases: new Float32Array(size),
      squares: new Float32Array(size).fill(square),
      biasSquares: new Float32Array(size).fill(square),
    });
  }

  static restore({ dimension, values, biases, squares, biasSquares }: PackedVectors): ItemVectors {
    const made = new ItemVectors(dimension);
    made.size = biases.length;
    made.values = values.slice();
    made.biases = biases.slice();
    made.squares = squares.slice();
    made.biasSquares = biasSquares.slice();
    return made;
  }

  pack(): PackedVectors {
    const { dimension, size } = this;
    return {
      dimension,
      values: this.values.slice(0, size * dimension),
      biases: this.biases.slice(0, size),
      squares: this.squares.slice(0, size),
      biasSquares: this.biasSquares.slice(0, size),
    };
  }

  /** Makes rows up to and with `row`; new ones are zero. */
  grow(row: number): void {
    if (row < this.size) return;
    this.size = row + 1;
    this.values = ensureCapacity(this.values, this.size * this.dimension - 1);
    this.biases = ensureCapacity(this.biases, row);
    this.squares = ensureCapacity(this.squares, row);
    this.biasSquares = ensureCapacity(this.biasSquares, row);
  }

  /** Row `to` begins where row `from` stands, with the steps of a new item. */
  copyRow(from: number, to: number): void {
    const { dimension } = this;
    this.values.copyWithin(to * dimension, from * dimension, (from + 1) * dimension);
    this.squares[to] = 0;
    this.biasSquares[to] = 0;
  }

  clearRow(row: number): void {
    this.values.fill(0, row * this.dimension, (row + 1) * this.dimension);
    this.biases[row] = 0;
    this.squares[row] = 0;
    this.biasSquares[row] = 0;
  }
}
