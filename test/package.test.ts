import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { packageVersion } from '../src/core/index.js';
import { scratch } from './support/events.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const run = (command: string, args: readonly string[], cwd: string): string =>
  execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 280_000 });

const program = `
import { openShop, EndcapError } from 'endcap';
const shop = await openShop('./shop');
await shop.putItems([{ id: 'a', title: 'Red mug' }, { id: 'b', title: 'Blue mug' }]);
await shop.ingest([{ id: 'e', type: 'view', user: 'u', items: [{ id: 'a' }], time: Date.now() }]);
const { items } = await shop.recommend({ user: 'u', scenario: 'home', count: 1, explain: true });
await shop.close();
console.log(items[0].id, items[0].reason.text, typeof EndcapError);
`;
const typed = `import { openShop, type Shop } from 'endcap';
const shop: Shop = await openShop('./shop');
// @ts-expect-error an event has a shopper
await shop.ingest([{ type: 'view' }]);
`;

test('the packed package installs in an empty folder, runs, and has its types', (t) => {
  const dir = scratch(t);
  run('node', ['scripts/shrinkwrap.mjs'], root);
  t.after(() => run('node', ['scripts/shrinkwrap.mjs', 'remove'], root));
  run('npm', ['pack', '--ignore-scripts', '--pack-destination', dir], root);
  const [tarball = ''] = readdirSync(dir);
  const inside = run('tar', ['tzf', tarball], dir).split('\n');
  assert.deepEqual(
    inside.filter((path) => /(^|\/)(test|bench)\/|tsbuildinfo$|\.map$/.test(path)),
    [],
  );
  assert.ok(inside.includes('package/data/online-retail/online-retail.parquet'));
  const app = join(dir, 'app');
  mkdirSync(app);
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  run('npm', ['install', '--no-audit', '--no-fund', `../${tarball}`], app);
  writeFileSync(join(app, 'program.js'), program);
  assert.equal(run('node', ['program.js'], app).trim(), 'b Because you viewed Red mug function');
  assert.match(run('npx', ['endcap', '--help'], app), /demo/);
  assert.equal(run('npx', ['endcap', '--version'], app).trim(), packageVersion);
  writeFileSync(join(app, 'typed.ts'), typed);
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--skipLibCheck'];
  run('node', [join(root, 'node_modules/typescript/bin/tsc'), ...options, 'typed.ts'], app);
});
