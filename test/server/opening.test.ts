import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Agent, createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { newId } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { event, scratch } from '../support/events.js';

test('the port answers at once: not ready with progress and time left, then ready, on one address', async (t) => {
  const dir = scratch(t);
  let store = openStore(dir);
  await store.log.append(Array.from({ length: 500 }, (_, at) => event({ id: `${at}` })));
  await store.close();
  const answers: { path: string; status: number; body: Record<string, unknown> }[] = [];
  let port = 0;
  const free = await import('node:net').then(({ createServer }) => {
    const server = createServer().listen(0);
    port = (server.address() as { port: number }).port;
    return new Promise((resolve) => server.close(resolve));
  });
  assert.equal(free, undefined);
  const look = async (path: string): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    answers.push({ path, status: response.status, body: (await response.json()) as Record<string, unknown> });
  };
  const { url, close } = await serve(
    async (progress) => {
      store = openStore(dir);
      progress({ phase: 'replaying the log', done: 100, total: 500 });
      await new Promise((resolve) => setTimeout(resolve, 30));
      progress({ phase: 'replaying the log', done: 300, total: 500 });
      for (const path of ['/health', '/ready', '/v1/items/a']) await look(path);
      return openEngine({ store });
    },
    { port },
  );
  t.after(close);
  assert.equal(url, `http://127.0.0.1:${port}`);
  const [health, ready, item] = answers;
  assert.deepEqual([health!.status, ready!.status, item!.status], [200, 503, 503]);
  assert.deepEqual([ready!.body.status, ready!.body.done, ready!.body.total], ['opening', 300, 500]);
  assert.ok((ready!.body.etaMs as number) > 0 && (ready!.body.etaMs as number) < 60_000);
  assert.equal(item!.body.code, 'not_ready');
  const now = (await (await fetch(`${url}/ready`)).json()) as Record<string, unknown>;
  assert.equal(now.offset, 500);
  assert.equal(now.status, 'degraded', 'events, and no catalogue');
  assert.match(String(now.warnings), /catalogue is empty/);
});

/** Asks again and again, on connections of `agent`, until it is told to stop; adds what is answered to `answers`. */
async function askOn(url: string, agent: Agent, answers: string[], done: () => boolean): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  for (let n = 0; !done(); n++) {
    // Every other request has a body that comes in two parts: the port must not change hands in between.
    const post = n % 2 === 1;
    const path = post ? '/v1/events' : '/ready';
    const body = JSON.stringify({ id: newId('e', Date.now()), type: 'view', user: 'u', items: [] });
    answers.push(
      await new Promise((resolve) => {
        const sent = request(`${url}${path}`, { agent, method: post ? 'POST' : 'GET', headers }, (answer) => {
          answer.resume().on('end', () => resolve(`${answer.statusCode}`));
        });
        sent.on('error', (error: NodeJS.ErrnoException) => resolve(`${error.code}`));
        if (post) sent.write(body.slice(0, 10));
        setTimeout(() => sent.end(post ? body.slice(10) : undefined), post ? n % 5 : 0);
      }),
    );
  }
}

test('who asks without pause while the shop opens is always answered, on old and new connections', async (t) => {
  const dir = scratch(t);
  const free = createServer().listen(0);
  const { port } = free.address() as AddressInfo;
  await new Promise((resolve) => free.close(resolve));
  const url = `http://127.0.0.1:${port}`;
  const kept = Array.from({ length: 4 }, () => new Agent({ keepAlive: true, maxSockets: 1 }));
  const anew = Array.from({ length: 4 }, () => new Agent({ keepAlive: false }));
  for (const agent of kept) t.after(() => agent.destroy());
  let stop = false;
  let asking: Promise<void>[] = [];
  const answers: string[] = [];
  const enough = async (status: string): Promise<void> => {
    for (let n = 0; n < 500 && answers.filter((answer) => answer === status).length < 40; n++)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const { close } = await serve(
    async () => {
      asking = [...kept, ...anew].map((agent) => askOn(url, agent, answers, () => stop));
      await enough('503');
      return openEngine({ store: openStore(dir) });
    },
    { port, dir },
  );
  t.after(close);
  await enough('200');
  stop = true;
  await Promise.all(asking);
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  assert.deepEqual([...counts.keys()].sort(), ['200', '503'], JSON.stringify([...counts]));
});

test('the end waits for the request under way, and for no stream', async (t) => {
  const { url, close } = await serve(await openEngine({ store: openStore(scratch(t)) }), { port: 0 });
  const stream = await fetch(`${url}/v1/events/stream`);
  const slow = request(`${url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', expect: '100-continue' },
  });
  slow.write('{"id":"1","type":"view",');
  const arrived = once(slow, 'continue');
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    slow.on('response', resolve).on('error', reject);
  });
  await arrived;
  const began = performance.now();
  const closed = close();
  setTimeout(() => slow.end('"user":"u","items":[]}'), 300);
  const answer = await answered;
  assert.equal(answer.statusCode, 200);
  assert.equal(answer.headers.connection, 'close');
  answer.resume();
  await closed;
  const took = performance.now() - began;
  assert.ok(took > 250, `${took} ms`);
  // Had it held the end up, its connection would have been cut in the middle, and reading it would fail.
  await stream.text();
});

test('a request that never ends holds the end up for three seconds', async (t) => {
  const { url, close } = await serve(await openEngine({ store: openStore(scratch(t)) }), { port: 0 });
  const slow = request(`${url}/v1/events`, { method: 'POST', headers: { expect: '100-continue' } });
  slow.on('error', () => {});
  slow.write('{');
  await once(slow, 'continue');
  const began = performance.now();
  await close();
  const took = performance.now() - began;
  assert.ok(took > 2_900 && took < 60_000, `${took} ms`);
});

test('an API that cannot be built leaves nothing at work in the engine', async (t) => {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(join(dir, 'a')) });
  t.after(() => engine.close());
  const before = engine.jobs.statuses().map(({ name }) => name);
  writeFileSync(join(dir, 'experiments.json'), '{"experiments":[]}');
  const site = join(dir, 'no-such-site');
  await assert.rejects(serve(engine, { port: 0, dir, storefront: { site } }));
  assert.deepEqual(
    engine.jobs.statuses().map(({ name }) => name),
    before,
  );
  writeFileSync(join(dir, 'experiments.json'), '{');
  await assert.rejects(serve(engine, { port: 0, dir }), { code: 'invalid_experiments' });
  writeFileSync(join(dir, 'experiments.json'), '{"experiments":[]}');
  writeFileSync(join(dir, 'endcap.json'), '{"search":{"synonyms":"synonyms.txt"}}');
  writeFileSync(join(dir, 'synonyms.txt'), 'a =>');
  await assert.rejects(serve(engine, { port: 0, dir }), { code: 'invalid_synonyms' });
  writeFileSync(join(dir, 'endcap.json'), '{}');
  // Whatever had stayed would be in the way of the same again: jobs and projections have their names once.
  const { url, close } = await serve(engine, { port: 0, dir });
  assert.equal((await fetch(`${url}/health`)).status, 200);
  await close();
});

test('a shop that cannot be opened frees the port and says why', async (t) => {
  const dir = scratch(t);
  const held = openStore(dir);
  t.after(() => held.close());
  await assert.rejects(
    serve(async () => openEngine({ store: openStore(dir) }), { port: 0 }),
    { code: 'store_locked' },
  );
});

test('damage inside an event is told by /ready soon after a start', async (t) => {
  const store = openStore(scratch(t));
  await store.log.append([event({ id: '1' })]);
  const { verify } = store;
  Object.assign(store, {
    verify: async (options: Parameters<typeof verify>[0]) => {
      options.found('events 0 to 0 cannot be read');
      options.report?.(1);
    },
  });
  const { url, close } = await serve(await openEngine({ store }), { port: 0 });
  t.after(close);
  const ready = (await (await fetch(`${url}/ready`)).json()) as Record<string, unknown>;
  assert.equal(ready.status, 'degraded');
  assert.match(String(ready.warnings), /events 0 to 0 cannot be read.*Restore the folder log/);
  assert.deepEqual(ready.store, { checked: 1, total: 1 });
});
