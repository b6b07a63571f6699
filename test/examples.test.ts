import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { scratch } from './support/events.js';

const examples = fileURLToPath(new URL('../examples/', import.meta.url));
const root = fileURLToPath(new URL('../../', import.meta.url));

async function run(name: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(examples, `${name}.js`), ...args]);
  return stdout;
}

test('the perceptron learns data.csv in 100 epochs and predicts a rating', async () => {
  const lines = (await run('perceptron')).trim().split('\n');
  const losses = lines.slice(0, 100).map((line, at) => {
    const found = /^Epoch (\d+)\/100, Loss: ([\d.]+)$/.exec(line);
    assert.equal(Number(found?.[1]), at + 1, line);
    return Number(found![2]);
  });
  assert.ok(losses[99]! < losses[0]! / 10, `${losses[0]} → ${losses[99]}`);
  // The noise has variance 0.0225: a model that found the formula comes near it.
  assert.ok(losses[99]! < 0.08, `last loss ${losses[99]}`);
  const rating = Number(/^Predicted rating for the new shopper: ([\d.]+)$/.exec(lines[100]!)?.[1]);
  // 2.5 + 2·.5·.8 + .5 − 1.5·.7·.7 + .5·.2 + .5·.4·.4 − .8·.6
  assert.ok(Math.abs(rating - 2.765) < 0.3, `predicted ${rating}`);
});

test('data.csv is what make-data writes', async (t) => {
  const path = join(scratch(t), 'data.csv');
  await run('make-data', path);
  assert.equal(readFileSync(path, 'utf8'), readFileSync(join(root, 'examples/data.csv'), 'utf8'));
});

test('a thousand shoppers: far better than the mean, and a new shopper is served from ten ratings', async () => {
  const output = await run('thousand');
  const errors = [...output.matchAll(/RMSE ([\d.]+), MAE ([\d.]+)/g)].map(([, rmse, mae]) => [
    Number(rmse),
    Number(mae),
  ]);
  const [mean, model] = errors as [[number, number], [number, number]];
  assert.ok(model[0] < 0.5 * mean[0] && model[1] < 0.5 * mean[1], output);
  const [, liked, all] = /rate these ([\d.]+) on average, all items ([\d.]+)/.exec(output)!;
  assert.ok(Number(liked) > Number(all) + 0.7, output);
});
