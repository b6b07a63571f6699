import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { openCatalogue } from '../../src/catalogue/index.js';
import type { Event } from '../../src/core/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { shopEvents, walks } from './support.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** A shop folder with these events, and a catalogue of their items unless told otherwise. */
async function shopOf(t: TestContext, events: readonly Event[], withItems = true): Promise<string> {
  const dir = scratch(t);
  const store = openStore(dir);
  await store.log.append(events);
  const ids = new Set(events.flatMap(({ items }) => items.map(({ id }) => id)));
  if (withItems) await openCatalogue(store.facts).put([...ids].map((id) => ({ id, title: id })));
  await store.close();
  return dir;
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

function endcap(...args: string[]): Promise<Ended> {
  return run(process.execPath, [main, ...args]);
}

function run(command: string, args: string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(command, args, (error, stdout, stderr) => {
      resolve({ code: error ? ((error.code as unknown as number | undefined) ?? null) : 0, stdout, stderr });
    });
  });
}

/** A refusal: exit code 2, and one line that matches after the lines of progress. */
function assertRefused({ code, stderr }: Ended, pattern: RegExp): void {
  const lines = stderr.trim().split('\n');
  assert.match(lines.at(-1)!, pattern);
  assert.equal(lines.filter((line) => line.startsWith('endcap:')).length, 1, stderr);
  assert.ok(!stderr.includes('    at '), 'no stack trace');
  assert.equal(code, 2, stderr);
}

async function deployedOf(dir: string): Promise<string | undefined> {
  return JSON.parse((await endcap('models', '--dir', dir, '--json')).stdout).deployed;
}

const until = async (what: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 50));
};

test('train deploys, a server takes it, and what is damaged changes nothing', {
  timeout: 280_000,
}, async (t) => {
  // A ring so long that popularity knows nothing and the last item everything.
  const dir = await shopOf(t, walks(60, 60));
  const server = spawn(process.execPath, [main, 'serve', '--dir', dir, '--port', '0']);
  t.after(() => server.kill('SIGKILL'));
  let url = '';
  server.stdout.on('data', (text) => {
    url ||= /Serving (\S+)/.exec(String(text))?.[1] ?? '';
  });
  let warned = '';
  server.stderr.on('data', (text) => {
    warned += String(text);
  });
  await until(() => url !== '');
  const serving = async (): Promise<string> => {
    const body = JSON.stringify({ user: 'u1', scenario: 'home' });
    const headers = { 'content-type': 'application/json' };
    return (
      (await (await fetch(`${url}/v1/recommend`, { method: 'POST', body, headers })).json()) as {
        model: string;
      }
    ).model;
  };
  assert.equal(await serving(), 'none');

  const page = join(dir, 'report.html');
  const common = ['--dir', dir, '--days', '15', '--models', 'popularity,itemKnn'];
  const trained = await endcap('train', ...common, '--json', '--html', page);
  assert.equal(trained.code, 0, trained.stderr);
  const { decision, models, trials, fingerprint } = JSON.parse(trained.stdout);
  assert.ok(decision.deployed && /nothing was deployed/.test(decision.why), decision.why);
  assert.ok(models[0].test.ndcg.low <= models[0].test.ndcg.mean);
  assert.ok(trials.length >= 3);
  assert.match(trained.stderr, /popularity rung 1 of 1: 0\.\d+ \[.*best so far/);
  const { version } = decision;
  await until(async () => (await serving()) === version);
  const manifest = JSON.parse(readFileSync(join(dir, 'objects/models', version, 'manifest.json'), 'utf8'));
  assert.deepEqual(
    [manifest.data.fingerprint, manifest.data.logOffset, manifest.seed],
    [fingerprint, 600, 1],
  );
  assert.deepEqual([manifest.split.days, manifest.model], [15, models[0].model]);
  assert.match(readFileSync(page, 'utf8'), /<strong>Deployed .*nothing was deployed/);

  const again = await endcap('train', ...common);
  assert.equal(again.code, 0, again.stderr);
  assert.match(again.stderr, /known already/);
  assert.match(again.stdout, /stays deployed: the winner is the same \w+ on the same data/);

  const budget = ['--models', 'popularity', '--budget', '30s'];
  const other = await endcap('train', ...common.slice(0, 4), ...budget, '--json');
  const verdict = JSON.parse(other.stdout).decision;
  assert.equal(verdict.deployed, false, 'what is no better than what serves is not deployed');
  assert.match(verdict.why, /popularity minus \w+ is -0\.\d+ NDCG, 95 % interval \[.*not above 0/);

  const folder = join(dir, 'objects/models', version);
  const file = readdirSync(folder).find((name) => name.endsWith('.bin'))!;
  const whole = readFileSync(join(folder, file));
  writeFileSync(join(folder, file), whole.subarray(0, whole.length >> 1));
  assertRefused(
    await endcap('models', '--dir', dir, '--deploy', version),
    /is refused: its file model\.bin is altered/,
  );
  assertRefused(await endcap('models', '--dir', dir, '--deploy', 'nothing'), /There is no model nothing/);
  assertRefused(await endcap('models', '--dir', dir, '--rollback'), /No model was deployed before/);
  assert.equal(await serving(), version, 'the server keeps what it has');
  assert.equal(await deployedOf(dir), version);
  const mended = await endcap('train', ...common.slice(0, 4), '--models', 'popularity');
  assert.match(mended.stdout, /Deployed \S+: what was deployed cannot serve/);
  await until(async () => /-popularity$/.test(await serving()));
  assert.ok(!warned.includes('endcap:'), warned);
});

test('Ctrl-C ends at once by the signal and says how to go on; so does the next run after a kill', {
  timeout: 280_000,
}, async (t) => {
  const dir = await shopOf(t, walks(40));
  const args = [
    main,
    'train',
    '--dir',
    dir,
    '--days',
    '15',
    '--models',
    'popularity,itemKnn,multVae,gru4rec',
  ];
  const stopped = async (signal: NodeJS.Signals) => {
    const child: ChildProcess = spawn(process.execPath, args);
    let stderr = '';
    child.stderr!.on('data', (text) => {
      stderr += String(text);
      if (!child.killed && /multVae .*rung 1/.test(stderr)) child.kill(signal);
    });
    const [, diedBy] = await once(child, 'exit');
    return { diedBy, stderr };
  };
  const interrupted = await stopped('SIGINT');
  assert.equal(interrupted.diedBy, 'SIGINT', interrupted.stderr);
  assert.match(interrupted.stderr.trim().split('\n').at(-1)!, /^Stopped\. .*same command again/);
  const resumed = await stopped('SIGKILL');
  assert.equal(resumed.diedBy, 'SIGKILL');
  assert.match(resumed.stderr, /Going on with the search that was stopped/);
  assert.match(
    resumed.stderr,
    /popularity halfLifeDays=7 rung 1 of 3:.*known already|popularity rung 1 of 3:.*known already/,
  );
  assert.equal(await deployedOf(dir), undefined, 'nothing half-done is deployed');
});

test('bad input to training: one line, exit code 2, nothing deployed', { timeout: 280_000 }, async (t) => {
  const train = (dir: string, ...more: string[]): Promise<Ended> =>
    endcap('train', '--dir', dir, '--models', 'popularity', ...more);
  const good = await shopOf(t, walks(20));
  const cases: [Promise<string> | string, string[], RegExp][] = [
    [join(good, 'nowhere'), [], /There is no shop/],
    [shopOf(t, []), [], /The log is empty/],
    [shopOf(t, walks(20), false), [], /The catalogue is empty/],
    [shopOf(t, shopEvents(60, 1)), [], /one shopper only/],
    [
      shopOf(
        t,
        shopEvents(60).map((each) => ({ ...each, items: [{ id: 'i' }] })),
      ),
      [],
      /one item only/,
    ],
    [
      shopOf(
        t,
        walks(20).map((each) => ({ ...each, time: 1_767_225_600_000 })),
      ),
      [],
      /span less than/,
    ],
    [good, ['--days', '60'], /span less than 120 days/],
    [good, ['--days', '0'], /--days is "0"/],
    [good, ['--seed', 'x'], /--seed is "x"/],
    [good, ['--models', 'oracle'], /No model algorithm "oracle".*popularity/],
    [good, ['--budget', 'soon'], /--budget is "soon".*90s, 5m or 1h/],
    [good, ['--budget', '0s'], /--budget is "0s"/],
    [good, ['--days', '15', '--html', join(good, 'no', 'page.html')], /page cannot be written/],
  ];
  for (const [dir, options, pattern] of cases) assertRefused(await train(await dir, ...options), pattern);
  const full = await shopOf(t, walks(20));
  // Files of 1 KiB at most: what a full disk does to whoever writes.
  const command = `ulimit -f 1; exec ${process.execPath} ${main} train --dir ${full} --days 15 --models popularity`;
  assertRefused(await run('bash', ['-c', command]), /The disk is full/);
  assert.equal(await deployedOf(full), undefined);
});

test('evaluate compares without deploying, with errors of ratings where there are any', {
  timeout: 280_000,
}, async (t) => {
  const rated = walks(30).map((each, at) => ({ ...each, type: 'rate', value: 1 + (at % 5) }));
  const dir = await shopOf(t, rated);
  const args = ['evaluate', '--dir', dir, '--days', '15', '--models', 'popularity,biasedMf', '--no-tune'];
  const { stdout, code, stderr } = await endcap(...args, '--json');
  assert.equal(code, 0, stderr);
  const { models, meanRating, decision } = JSON.parse(stdout);
  assert.equal(decision, undefined);
  assert.equal(await deployedOf(dir), undefined);
  const mf = models.find(({ model }: { model: string }) => model === 'biasedMf');
  assert.ok(mf.rating.mae.low <= mf.rating.mae.mean && mf.rating.rmse.mean >= mf.rating.mae.mean);
  assert.equal(mf.rating.ratings, meanRating.ratings);
  assert.equal(models.find(({ model }: { model: string }) => model === 'popularity').rating, undefined);
  const table = (await endcap(...args)).stdout;
  for (const head of ['NDCG', 'Precision', 'Recall', 'F1', 'MRR', 'HR', 'coverage', 'novelty', 'MAE', 'RMSE'])
    assert.ok(table.includes(head), head);
  assert.match(table, /always the mean of those before: MAE/);
});

test('a demo whose training is refused says why and goes on serving', async (t) => {
  const dir = await shopOf(t, shopEvents(3));
  const demo = spawn(process.execPath, [main, 'demo', '--dir', dir, '--port', '0']);
  t.after(() => demo.kill('SIGKILL'));
  let [url, said] = ['', ''];
  demo.stdout.on('data', (text) => {
    url ||= /is open: (\S+)/.exec(String(text))?.[1] ?? '';
  });
  demo.stderr.on('data', (text) => {
    said += text;
  });
  // Two pipes: what was written first may be read last.
  await until(() => url !== '' && /endcap: .*\n/.test(said));
  assert.match(said, /endcap: .*there is nothing to measure — Import more history/);
  const answer = await fetch(`${url}/v1/recommend`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'u1', scenario: 'home' }),
  });
  assert.equal(answer.status, 200);
  demo.kill('SIGTERM');
  // By the signal where a thread is at work in the store: process.exit would abort it.
  const [code, signal] = await once(demo, 'exit');
  assert.ok(code === 0 || signal === 'SIGTERM', `${code} ${signal}`);
});
