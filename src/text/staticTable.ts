import type { TextEmbedder } from './embedder.js';
import { invalidTextModel, modelFile, readTokenizer } from './tokenizerFile.js';

const piecesRead = 512;

/**
 * A table of a vector a piece of a word; a text is their mean (as model2vec does): `tokenizer.json` and
 * `model.safetensors` with one matrix of float32 [pieces × dimension]. No runtime, ~25,000 texts a second.
 * Throws `invalid_text_model`.
 */
export function openStaticTable(folder: string): TextEmbedder {
  const encode = readTokenizer(folder);
  const { table, rows, dimension } = readMatrix(folder, modelFile(folder, 'model.safetensors'));
  const vector = (text: string): Float32Array => {
    const sum = new Float32Array(dimension);
    for (const piece of encode(text, false).slice(0, piecesRead)) {
      if (!(piece < rows)) continue;
      for (let d = 0; d < dimension; d++) sum[d]! += table[piece * dimension + d]!;
    }
    return unit(sum);
  };
  return {
    name: `static:${folder}`,
    dimension,
    embed: async (texts) => texts.map(vector),
    close: async () => {},
  };
}

/** Divided by its length; zeros stay. */
export function unit(vector: Float32Array): Float32Array {
  const length = Math.hypot(...vector);
  return length > 0 ? vector.map((value) => value / length) : vector;
}

/** The largest float32 matrix of a safetensors file: 8 bytes of length, a JSON head, the numbers. */
function readMatrix(folder: string, file: Buffer): { table: Float32Array; rows: number; dimension: number } {
  const broken = (): Error =>
    invalidTextModel(folder, 'has a model.safetensors without a float32 matrix', 'Fetch the file anew');
  const length = file.length >= 8 ? Number(file.readBigUInt64LE(0)) : 0;
  if (length === 0 || 8 + length > file.length) throw broken();
  let head: Record<string, { dtype?: string; shape?: number[]; data_offsets?: number[] }>;
  try {
    head = JSON.parse(file.subarray(8, 8 + length).toString('utf8'));
  } catch {
    throw broken();
  }
  const [matrix] = Object.values(head)
    .filter(({ dtype, shape }) => dtype === 'F32' && shape?.length === 2)
    .sort((a, b) => b.shape![0]! * b.shape![1]! - a.shape![0]! * a.shape![1]!);
  const [from = 0, to = 0] = matrix?.data_offsets ?? [];
  const [rows = 0, dimension = 0] = matrix?.shape ?? [];
  const bytes = file.subarray(8 + length + from, 8 + length + to);
  if (bytes.length === 0 || bytes.length !== 4 * rows * dimension) throw broken();
  return { table: new Float32Array(Uint8Array.from(bytes).buffer), rows, dimension };
}
