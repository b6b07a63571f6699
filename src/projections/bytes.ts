/** Whole numbers up to here lie in as few bytes as they need, seven bits a byte. */
const shortBelow = 2 ** 45;
/** Code of a number that follows as a double; those of whole numbers begin after it. */
const asDouble = 0;
/** Bytes of one number at most. */
const numberBytes = 9;
/** Before all: bytes of the numbers, and of the texts behind them. */
const headBytes = 8;

/**
 * Numbers and texts in few bytes; `ByteReader` reads them in the same order. The texts lie together behind the numbers: to
 * read one text and take it apart is several times as fast as to read many.
 */
export class ByteWriter {
  #bytes = Buffer.allocUnsafeSlow(1 << 14);
  #end = headBytes;
  #texts = '';

  /** Begins anew, whatever was written. */
  clear(): void {
    this.#end = headBytes;
    this.#texts = '';
  }

  /** Any number, bit for bit; whole ones take a byte for 6 bits and one byte more for each further 7. */
  number(value: number): void {
    if (this.#end + numberBytes > this.#bytes.length) this.#grow();
    const bytes = this.#bytes;
    if (!Number.isInteger(value) || Math.abs(value) >= shortBelow || Object.is(value, -0)) {
      bytes[this.#end++] = asDouble;
      this.#end = bytes.writeDoubleLE(value, this.#end);
      return;
    }
    let left = value < 0 ? -2 * value : 2 * value + 1;
    for (; left >= 2 ** 31; left = Math.floor(left / 128)) bytes[this.#end++] = (left % 128) | 128;
    for (; left > 127; left >>>= 7) bytes[this.#end++] = (left & 127) | 128;
    bytes[this.#end++] = left;
  }

  text(value: string): void {
    this.number(value.length);
    this.#texts += value;
  }

  /** A copy of what was written, and `behind` it: not to be kept for long, for it may lie in a larger buffer. */
  written(behind?: Uint8Array): Uint8Array {
    const texts = Buffer.byteLength(this.#texts);
    const all = Buffer.allocUnsafe(this.#end + texts + (behind?.length ?? 0));
    this.#bytes.copy(all, 0, 0, this.#end);
    all.writeUInt32LE(this.#end - headBytes, 0);
    all.writeUInt32LE(texts, 4);
    all.write(this.#texts, this.#end);
    if (behind) all.set(behind, this.#end + texts);
    return all;
  }

  #grow(): void {
    const grown = Buffer.allocUnsafeSlow(2 * this.#bytes.length);
    this.#bytes.copy(grown, 0, 0, this.#end);
    this.#bytes = grown;
  }
}

/** Reads what a `ByteWriter` wrote. Throws a `RangeError` where the bytes end before. */
export class ByteReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  readonly #texts: string;
  /** What was written behind all. */
  readonly behind: Uint8Array;
  #at = headBytes;
  #textAt = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#end = headBytes + this.#bytes.readUInt32LE(0);
    const textEnd = this.#end + this.#bytes.readUInt32LE(4);
    if (textEnd > bytes.length) throw new RangeError('The bytes end within the texts');
    this.#texts = this.#bytes.toString('utf8', this.#end, textEnd);
    this.behind = this.#bytes.subarray(textEnd);
  }

  number(): number {
    let code = 0;
    for (let scale = 1; ; scale *= 128) {
      if (this.#at >= this.#end) throw new RangeError('The bytes end within the numbers');
      const byte = this.#bytes[this.#at++]!;
      code += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (code !== asDouble) return code % 2 === 0 ? -(code / 2) : (code - 1) / 2;
    const value = this.#bytes.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const end = this.#textAt + this.number();
    const text = this.#texts.slice(this.#textAt, end);
    this.#textAt = end;
    return text;
  }

  /** A number of things that are still to be read, or one more: each has a byte at least. */
  count(): number {
    const count = this.number();
    if (!(count >= 0 && count <= 1 + this.#end - this.#at))
      throw new RangeError('The bytes end before what they announce');
    return count;
  }
}
