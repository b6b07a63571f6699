import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { unit } from './staticTable.js';
import { readTokenizer } from './tokenizerFile.js';

/** What is used of `onnxruntime-node`, which has no types in the version we need. */
interface Tensor {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}
interface Session {
  readonly inputNames: readonly string[];
  run(feeds: Record<string, Tensor>): Promise<Record<string, Tensor>>;
}
interface Runtime {
  Tensor: new (type: string, data: BigInt64Array, dims: readonly number[]) => Tensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<Session> };
}

/** Pieces of a text that are read, and texts of one run. */
const piecesRead = 128;
const batch = 16;
/** The first field of an ONNX file, its version, and the newest that onnxruntime 1.17 reads. */
const versionField = 0x08;
const newestVersion = 9;

/** The thread of `openOnnxFolder`: mean of the last layer over the pieces of each text. */
const { folder } = workerData as { folder: string };
let runtime: Runtime;
try {
  runtime = createRequire(import.meta.url)('onnxruntime-node') as Runtime;
  const encode = readTokenizer(folder);
  const session = await runtime.InferenceSession.create(readModel(), { intraOpNumThreads: 1 });
  const [first] = await run(session, [encode('a', true)]);
  parentPort!.postMessage({ kind: 'ready', dimension: first!.length });
  parentPort!.on('message', ({ id, texts }: { id: number; texts: string[] }) => {
    void embed(session, encode, texts).then(
      (vectors) => parentPort!.postMessage({ kind: 'vectors', id, vectors }),
      (error: Error) => parentPort!.postMessage({ kind: 'failed', id, message: error.message }),
    );
  });
} catch (error) {
  parentPort!.postMessage({ kind: 'broken', message: (error as Error).message });
}

/**
 * A model of a newer version of the format than the runtime's is tried as one of the runtime's: what came with
 * version 10 (4-bit numbers) is not in sentence models, and if it is the runtime says so.
 */
function readModel(): Uint8Array {
  const model = readFileSync(join(folder, 'model.onnx'));
  if (model[0] === versionField && model[1]! > newestVersion && model[1]! < 128) model[1] = newestVersion;
  return model;
}

async function embed(
  session: Session,
  encode: (text: string, special: boolean) => number[],
  texts: readonly string[],
): Promise<Float32Array[]> {
  const pieces = texts.map((text) => encode(text.slice(0, 2_000), true).slice(0, piecesRead));
  // Texts of like length run together: a short one beside a long one is mostly padding.
  const order = pieces.map((_, at) => at).sort((a, b) => pieces[a]!.length - pieces[b]!.length);
  const vectors: Float32Array[] = new Array(texts.length);
  for (let from = 0; from < order.length; from += batch) {
    const rows = order.slice(from, from + batch);
    const found = await run(
      session,
      rows.map((row) => pieces[row]!),
    );
    for (const [at, row] of rows.entries()) vectors[row] = found[at]!;
  }
  return vectors;
}

async function run(session: Session, texts: readonly number[][]): Promise<Float32Array[]> {
  const width = Math.max(1, ...texts.map(({ length }) => length));
  const ids = new BigInt64Array(texts.length * width);
  const mask = new BigInt64Array(texts.length * width);
  for (const [row, pieces] of texts.entries())
    for (const [at, piece] of pieces.entries()) {
      ids[row * width + at] = BigInt(piece);
      mask[row * width + at] = 1n;
    }
  const shape = [texts.length, width];
  const given: Record<string, Tensor> = {
    input_ids: new runtime.Tensor('int64', ids, shape),
    attention_mask: new runtime.Tensor('int64', mask, shape),
    token_type_ids: new runtime.Tensor('int64', new BigInt64Array(ids.length), shape),
  };
  const feeds = Object.fromEntries(session.inputNames.map((name) => [name, required(given, name)]));
  const [output] = Object.values(await session.run(feeds));
  const data = output!.data;
  const dimension = output!.dims.at(-1)!;
  // A model that gives a vector a text has done the mean itself.
  if (output!.dims.length === 2)
    return texts.map((_, row) => unit(data.slice(row * dimension, (row + 1) * dimension)));
  return texts.map((pieces, row) => {
    const sum = new Float32Array(dimension);
    for (let at = 0; at < pieces.length; at++)
      for (let d = 0; d < dimension; d++) sum[d]! += data[(row * width + at) * dimension + d]!;
    return unit(sum);
  });
}

function required(given: Record<string, Tensor>, name: string): Tensor {
  const tensor = given[name];
  if (!tensor) throw new Error(`its input ${name} is not known`);
  return tensor;
}
