import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { dialects } from '../../src/prepare/index.js';
import { scratch } from '../support/events.js';
import { read, shown } from './support.js';

const page = readFileSync(fileURLToPath(new URL('../../../docs/import.md', import.meta.url)), 'utf8');
const examples = page.slice(page.indexOf('<!-- examples -->')).split(/^### /m).slice(1);

test('docs/import.md has an example of every dialect, and each does what it shows', async (t) => {
  const named = examples.map((example) => example.split('\n', 1)[0]!.trim());
  assert.deepEqual(
    named.toSorted(),
    dialects().map(({ name }) => name),
  );
  for (const [at, example] of examples.entries()) {
    const dir = scratch(t);
    const files = [...example.matchAll(/```text file=(\S+)\n([\s\S]*?)```/g)].map(([, name, text]) => {
      writeFileSync(join(dir, name!), text!);
      return name!;
    });
    const wanted = /```text events\n([\s\S]*?)```/.exec(example)![1]!.trim().split('\n');
    const command = /```sh\nendcap import --from (\S+) (.*)\n```/.exec(example)!;
    assert.deepEqual([command[1], command[2]!.split(' ')], [named[at], files]);
    const paths = files.map((name) => join(dir, name));
    const { events } = await read(paths, { from: named[at]! });
    assert.deepEqual(events.map(shown), wanted, named[at]);
    // All but files without a header are known by their headers alone.
    if (named[at] !== 'movielens')
      assert.deepEqual((await read(paths)).events.map(shown), wanted, `${named[at]} guessed`);
  }
});
