import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
