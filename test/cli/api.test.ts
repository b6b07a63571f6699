import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { scratch } from '../support/events.js';

const main = join(import.meta.dirname, '../../src/cli/main.js');
const run = (args: readonly string[], env = {}): Promise<string> =>
  new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env: { ...process.env, ...env } }, (_, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });

test('a running server is --server in every command, its key in ENDCAP_KEY; the former --url still works', async (t) => {
  const seen: string[] = [];
  const http = createServer(({ method, url, headers }, response) => {
    seen.push(`${method} ${url} ${headers.authorization}`);
    response.setHeader('content-type', 'application/json');
    response.end('{"prefix":"la","suggestions":[]}');
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  t.after(() => http.close());
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`;
  const asked = ['search', 'la', '--suggest'];
  await run([...asked, '--server', url], { ENDCAP_KEY: 'secret' });
  await run([...asked, '--url', url, '--key', 'other']);
  assert.deepEqual(seen, ['POST /v1/suggest Bearer secret', 'POST /v1/suggest Bearer other']);
  for (const command of ['search', 'audience', 'offers', 'uplift', 'import', 'export']) {
    const help = await run([command, '--help']);
    assert.match(help, /--server <url>/, command);
    assert.doesNotMatch(help, /--url/, command);
  }
  const nobody = await run([...asked, '--server', 'http://127.0.0.1:9']);
  assert.match(nobody, /No server answers at http:\/\/127\.0\.0\.1:9 — /);
});

test('a slip in the name of a folder makes no shop: every command that reads one says so', async (t) => {
  const none = join(scratch(t), 'slip');
  const commands = [
    ...[
      'audience',
      'offers',
      'search lamp',
      'uplift --offer x',
      'replay',
      'doctor',
      'retain --days 30',
      'erase anna',
    ],
    ...[
      'export-user anna',
      'backup never',
      'models',
      'experiment',
      'forecast',
      'reorder',
      'train',
      'evaluate',
    ],
  ];
  for (const command of commands) {
    const said = await run([...command.split(' '), '--dir', none]);
    assert.match(said, /There is no shop in .*slip — .*(--dir|endcap import)/, command);
    assert.equal(existsSync(none), false, command);
  }
  assert.match(await run(['keys', 'list', '--dir', none]), /^There are no keys.*endcap keys create/);
});

test('a fault is said once, and a file that is no offer is said to be none', async (t) => {
  const dir = scratch(t);
  const once = await run(['keys', 'create', 'a', '--kind', 'x', '--dir', dir]);
  assert.equal(once, 'endcap: kind is unknown — Choose among server, public, signing\n');
  const file = join(dir, 'offer.json');
  for (const text of ['null', '5', '{']) {
    writeFileSync(file, text);
    const said = await run(['offers', 'o', '--file', file, '--server', 'http://127.0.0.1:9']);
    assert.match(said, /Cannot read the offer .*offer\.json — It is a JSON file of an object/, text);
  }
});

test('beside a server the shop is asked over its address, and a key that is missing or of a page is said', {
  timeout: 120_000,
}, async (t) => {
  const shop = join(scratch(t), 'shop');
  const keyOf = async (kind: string): Promise<string> =>
    (await run(['keys', 'create', kind, '--kind', kind, '--dir', shop])).trim();
  const page = await keyOf('public');
  const owner = (
    await run(['keys', 'create', 'owner', '--kind', 'server', '--scopes', 'admin', '--dir', shop])
  ).trim();
  const server = spawn(process.execPath, [main, 'serve', '--dir', shop, '--port', '0']);
  t.after(() => server.kill('SIGKILL'));
  let said = '';
  for await (const text of server.stdout) {
    said += String(text);
    if (said.includes('Serving')) break;
  }
  for (const command of ['audience', 'offers', 'search lamp']) {
    const words = [...command.split(' '), '--dir', shop];
    assert.match(await run(words), /needs a key — Give a key with --key or ENDCAP_KEY/, command);
    assert.doesNotMatch(await run(words, { ENDCAP_KEY: owner }), /endcap: /, command);
  }
  const file = join(shop, 'events.csv');
  writeFileSync(file, 'user,item,type,time\nu1,a,view,2026-01-01\n');
  const mapping = join(shop, 'mapping.json');
  writeFileSync(mapping, '{"columns": {"user": "user", "item": "item", "type": "type", "time": "time"}}');
  const refused = await run(['import', file, '--mapping', mapping, '--dir', shop], { ENDCAP_KEY: page });
  assert.match(refused, /The key "public" lacks the scope items — Give a key with --key or ENDCAP_KEY/);
});
