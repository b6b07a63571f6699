import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isAnonymousId } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createKey, serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { launch, skip } from '../storefront/visitor.js';
import { logged, scratch } from '../support/events.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const run = (program: string, args: string[], cwd = root) => promisify(execFile)(program, args, { cwd });
const usage = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'docs/storefront.md'), 'utf8'))![1]!;
const bundle = join(root, 'packages/client/dist/index.js');
/** Inside the repository, where `@endcap/client` is found as an installed package is. */
const place = join(root, 'dist/test/client/usage');

before(async () => {
  await run(process.execPath, [join(root, 'packages/client/build.mjs')]);
  mkdirSync(place, { recursive: true });
});

test('the usage in docs/storefront.md runs against a real server as it stands', async (t) => {
  const engine = await openEngine({ store: openStore(scratch(t)) });
  await engine.catalogue.put(['a', 'b', 'c'].map((id) => ({ id, title: id, price: 1 })));
  const serving = await serve(engine, { port: 0 });
  t.after(() => serving.close());
  const file = join(place, 'usage.mjs');
  writeFileSync(file, usage.replace('https://shop.example', serving.url));
  await run(process.execPath, [file]);
  const events = await logged(engine.store.log);
  assert.deepEqual(
    events.map(({ type, items }) => [type, items.length]),
    [['click', 1]],
  );
  assert.ok(isAnonymousId(events[0]!.user));
  assert.match(events[0]!.attribution ?? '', /^rec_/, 'it names the recommendation that showed the item');
});

test('the package is typed: its usage compiles under strict, a wrong one does not', async () => {
  const check = async (name: string, text: string): Promise<string> => {
    writeFileSync(join(place, name), text);
    const options = '--ignoreConfig --noEmit --strict --module nodenext --target es2023 --types node';
    const tsc = join(root, 'node_modules/.bin/tsc');
    return run(tsc, [...options.split(' '), join(place, name)]).then(
      () => '',
      (error: { stdout: string }) => error.stdout,
    );
  };
  assert.equal(await check('right.mts', usage), '');
  assert.match(
    await check('wrong.mts', usage.replace("'home'", "'hoem'")),
    /Type '"hoem"' is not assignable to type/,
  );
});

for (const keyed of [false, true]) {
  const kind = keyed ? 'with a key' : 'without a key';
  test(`in a page of another origin ${kind} events go out, the last on leaving`, { skip }, async (t) => {
    const origin = await listenAsSite(t);
    const dir = scratch(t);
    const { key, entry } = createKey('browser', ['events', 'recommend'], 'public');
    const keys = join(dir, 'keys.json');
    writeFileSync(keys, JSON.stringify({ keys: [entry] }));
    const engine = await openEngine({ store: openStore(dir) });
    const serving = await serve(engine, { port: 0, origins: [origin], ...(keyed && { keys }) });
    const browser = await launch();
    t.after(() => Promise.all([browser.close(), serving.close()]));
    const page = await browser.newPage();
    await page.goto(origin);
    const user = 'anon_0123456789abcdef0123456789abcdef';
    const options = { baseUrl: serving.url, user, batchDelay: 600_000, ...(keyed && { key }) };
    await page.evaluate(`(async () => {
      const { createClient } = await import('/client.js');
      const client = createClient(${JSON.stringify(options)});
      client.track({ type: 'view', items: [{ id: 'a' }] });
      await client.flush();
      client.track({ type: 'view', items: [{ id: 'b' }] });
    })()`);
    await page.goto('about:blank');
    while (engine.store.log.head < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    const items = (await logged(engine.store.log)).map((each) => each.items[0]?.id);
    assert.deepEqual(items, ['a', 'b']);
  });
}

test('the package holds its build and nothing that needs another package', async () => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json'], join(root, 'packages/client'));
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }];
  const paths = files.map(({ path }) => path);
  assert.ok(paths.includes('dist/index.js') && paths.includes('dist/index.d.ts'));
  assert.deepEqual(
    paths.filter((path) => !path.startsWith('dist/') && path !== 'package.json'),
    [],
  );
  assert.ok(paths.includes('dist/server.js') && paths.includes('dist/server.d.ts'));
  assert.doesNotMatch(readFileSync(bundle, 'utf8'), /\bimport\b.*\bfrom\b|require\(/);
});

/** A site with an empty page and the built client; returns its origin. */
async function listenAsSite(t: TestContext): Promise<string> {
  const site = createServer((request, response) => {
    const script = request.url === '/client.js';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? readFileSync(bundle) : '<!doctype html><title>A shop</title>');
  });
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
  t.after(() => site.closeAllConnections());
  t.after(() => site.close());
  return `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
}
