import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { algorithms } from '../src/models/index.js';
import { scratch } from './support/events.js';

const root = fileURLToPath(new URL('../../', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const shell = (command: string) => promisify(execFile)('bash', ['-c', command], { cwd: root });

test('the commands of the README do what it says', { timeout: 240_000 }, async (t) => {
  const dir = scratch(t);
  const section = readme.slice(readme.indexOf('## Use it'));
  const [commands = '', requests = ''] = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].map(
    ([, block]) => block,
  );
  const lines = commands
    .trim()
    .split('\n')
    .map((line) => line.replaceAll('./shop', dir));
  assert.ok(lines.length >= 4 && lines[0] === 'npm run build', 'import, train and serve are shown');
  for (const line of lines.slice(1)) {
    if (!line.includes(' serve ')) {
      await shell(line);
      continue;
    }
    const server = spawn(
      'bash',
      ['-c', `exec ${line.replace('npm run endcap --', 'node dist/src/cli/main.js')}`],
      { cwd: root },
    );
    t.after(() => server.kill('SIGKILL'));
    await new Promise<void>((resolve, reject) => {
      server.stdout.on('data', (text) => String(text).includes('Serving') && resolve());
      server.on('exit', (code) => reject(new Error(`serve ended with ${code}`)));
    });
  }
  assert.ok(existsSync(join(dir, 'models.html')) && existsSync(join(dir, 'import-report.html')));
  const answers = [];
  for (const request of requests.trim().split(/\n(?=curl)/))
    answers.push(JSON.parse((await shell(request)).stdout));
  assert.equal(answers[0].events[0].status, 'accepted');
  assert.equal(answers[1].items.length, 5);
  assert.ok(
    answers[1].items.some(({ reason }: { reason: { kind: string } }) => reason.kind === 'because'),
    JSON.stringify(answers[1]),
  );
});

/** Runs the blocks of a document one after the other in one shell, on a free port; what each of them printed. */
async function runBlocks(blocks: readonly string[], cwd: string): Promise<string[]> {
  const main = join(root, 'dist/src/cli/main.js');
  const script = [
    'set -e',
    `endcap() { node ${main} "$@"; }`,
    "trap 'kill $SERVER' EXIT",
    ...blocks.map((block) => `${block}\necho; echo =====`),
  ]
    // A job of the function above would be a shell that the server outlives.
    .map((part) => part.replace(/^endcap (serve .*) &$/m, `node ${main} $1 & SERVER=$!`))
    .join('\n')
    .replaceAll('7700', String(await freePort()));
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd });
  return stdout.split('=====\n');
}

test('the commands of docs/security.md do what it says', { timeout: 280_000 }, async (t) => {
  const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
  assert.equal(blocks.length, 5);
  await promisify(execFile)(process.execPath, ['packages/client/build.mjs'], { cwd: root });
  // Inside the repository, where `@endcap/client` is found as an installed package is.
  const dir = mkdtempSync(join(root, 'dist/test/security-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const [keys = '', asked = '', rotated = '', privacy = '', backups = ''] = await runBlocks(blocks, dir);
  for (const name of ['shop', 'page', 'signer'])
    assert.match(keys, new RegExp(`${name}.*(server|public|signing)`));
  assert.match(asked, /"code":"forbidden".*"recommendationId":"rec_/s);
  const actions = rotated
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).action);
  assert.deepEqual(actions, ['key created', 'key created', 'key created', 'key rotated', 'key revoked']);
  const [exported, receipt] = privacy.replace('}{', '}\n{').trim().split('\n');
  assert.equal(JSON.parse(exported!).user, 'anna');
  assert.match(JSON.parse(receipt!).receipt, /^erased_/);
  assert.match(backups, /Copied to backups\/monday[\s\S]*Receipt erased_/);
});

test('the commands of docs/search.md do what it says', { timeout: 240_000 }, async (t) => {
  const text = readFileSync(join(root, 'docs/search.md'), 'utf8');
  const blocks = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block!);
  assert.equal(blocks.length, 2);
  const [typed = '', served = ''] = await runBlocks(blocks, scratch(t));
  assert.match(typed, /Road running shoes.*2 found \(exact\); sneakers also as running shoes/s);
  assert.match(typed, /Red summer dress.*\(typo\); sumer as summer.*price 0 to 41/s);
  assert.match(typed, /^跑步鞋 {3}category$/m);
  const [found, suggested] = served
    .slice(served.indexOf('{"searchId"'))
    .replace('}{"prefix"', '}\n{"prefix"')
    .split('\n');
  const { items, understood, personal } = JSON.parse(found!);
  assert.deepEqual(understood.attributes, { colour: { value: 'red', share: 1 } });
  assert.deepEqual(
    items.map(({ id }: { id: string }) => id),
    ['red', 'rose', 'blue'],
  );
  assert.equal(personal.dial, 0.8);
  assert.deepEqual(JSON.parse(suggested!).suggestions[0], { text: 'summer dress', kind: 'query' });
});

test('the commands of docs/inventory.md do what it says', { timeout: 400_000 }, async (t) => {
  const text = readFileSync(join(root, 'docs/inventory.md'), 'utf8');
  const [commands = '', requests = ''] = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map(
    ([, block]) => block,
  );
  const dir = scratch(t);
  const main = join(root, 'dist/src/cli/main.js');
  // Two items for 30 weeks instead of the demo's thousands: the commands are the same.
  const sales = Array.from({ length: 420 }, (_, at) => {
    const date = new Date(Date.UTC(2025, 0, 1) + Math.floor(at / 2) * 86_400_000).toISOString().slice(0, 10);
    return `o${at},u${at % 9},${at % 2 ? '85123A' : '22086'},${2 + (at % 3)},4.5,${date}`;
  });
  const lines = ['order_id,customer_id,sku,quantity,price,date', ...sales].join('\n');
  writeFileSync(join(dir, 'sales.csv'), lines);
  writeFileSync(join(dir, 'items.csv'), 'id,title,price,stock\n85123A,Light,4.5,3\n22086,Chain,4.5,900\n');
  const script = `set -e; cd ${dir}; endcap() { node ${main} "$@"; }\n${commands}`;
  await shell(script.replace('data/online-retail/online-retail.parquet', 'sales.csv'));
  for (const page of ['forecast.html', '订货.html'])
    assert.match(readFileSync(join(dir, page), 'utf8'), /<svg role="img"/);
  assert.match(readFileSync(join(dir, '订货.html'), 'utf8'), /lang="zh-Hans".*该订什么货/s);
  assert.match(
    readFileSync(join(dir, 'orders.csv'), 'utf8'),
    /^item,title,alert.*\r\n85123A,Light,stock out,3/,
  );

  const port = String(await freePort());
  const server = spawn(process.execPath, [main, 'serve', '--dir', join(dir, 'stock-shop'), '--port', port]);
  t.after(() => server.kill('SIGKILL'));
  const ask = async (line: string) => (await shell(line.replace('7700', port))).stdout;
  const [status = '', forecast = '', due = '', table = ''] = requests.trim().split('\n');
  for (let turn = 0; turn < 300; turn++) {
    if (/"items":2/.test(await ask(status).catch(() => ''))) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.equal(JSON.parse(await ask(forecast)).weeks.length, 8);
  assert.deepEqual(
    JSON.parse(await ask(due)).items.map(({ item }: { item: string }) => item),
    ['85123A'],
  );
  assert.match(await ask(table), /^item,title,alert.*\r\n85123A/);
});

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test('every link inside the documents leads somewhere', () => {
  const pages = [
    'README.md',
    ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.md'))
      .map((file) => join('docs', file)),
  ];
  for (const page of pages) {
    const text = readFileSync(join(root, page), 'utf8');
    for (const [, target] of text.matchAll(/\]\((?!https?:|#)([^)#]+)[^)]*\)/g))
      assert.ok(existsSync(join(root, page, '..', target!)), `${page} links to ${target}`);
  }
});

test('docs/models.md names every algorithm', () => {
  const text = readFileSync(join(root, 'docs/models.md'), 'utf8');
  for (const { name } of algorithms) assert.ok(text.includes(`\`${name}\``), name);
});
