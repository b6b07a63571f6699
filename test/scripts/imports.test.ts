import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { importCircles, importFaults } from '../../scripts/rooms.js';

test('an import against the arrow is refused', () => {
  assert.deepEqual(importFaults('src/math/a.ts', "import { x } from '../core/index.js';"), []);
  assert.equal(importFaults('src/core/a.ts', "import { x } from '../math/index.js';").length, 1);
});

test('another room is reached by its index only, the own room freely', () => {
  assert.equal(importFaults('src/recommend/a.ts', "import { x } from '../models/ease.js';").length, 1);
  assert.deepEqual(importFaults('src/models/deep/a.ts', "import { x } from '../recommender.js';"), []);
});

test('a dynamic import counts and a folder outside the rooms is refused', () => {
  assert.equal(importFaults('src/nn/a.ts', "await import('../cli/index.js')").length, 1);
  assert.equal(importFaults('src/nn/a.ts', "import '../elsewhere/x.js'").length, 1);
});

test('the thread of the online learner loads neither the store nor what reads files of rows', () => {
  const loaded = new Set<string>();
  const load = (file: URL): void => {
    if (loaded.has(file.pathname)) return;
    loaded.add(file.pathname);
    const imports = readFileSync(file, 'utf8').matchAll(/^(?:import|export)[^;]*?from '([^']*)'/gm);
    for (const [, target = ''] of imports) if (target.startsWith('.')) load(new URL(target, file));
  };
  load(new URL('../../src/recommend/online/learnerThread.js', import.meta.url));
  const rooms = new Set([...loaded].map((file) => /dist\/src\/([^/]*)/.exec(file)![1]!));
  assert.deepEqual([...rooms].sort(), ['core', 'index', 'math', 'models', 'nn', 'recommend', 'text']);
});

test('circles are found, those of types alone too', () => {
  const circle = new Map([
    ['src/a/x.ts', "import { y } from './y.js';"],
    ['src/a/y.ts', "import {\n  z,\n} from './z.js';"],
    ['src/a/z.ts', "export type { x } from './x.js';"],
  ]);
  assert.deepEqual(importCircles(circle), [['src/a/x.ts', 'src/a/y.ts', 'src/a/z.ts', 'src/a/x.ts']]);
  circle.set('src/a/z.ts', '');
  assert.deepEqual(importCircles(circle), []);
});
