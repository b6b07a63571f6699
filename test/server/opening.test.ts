import assert from 'node:assert/strict';
import { test } from 'node:test';
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
  assert.ok((ready!.body.etaMs as number) > 0 && (ready!.body.etaMs as number) < 10_000);
  assert.equal(item!.body.code, 'not_ready');
  const now = (await (await fetch(`${url}/ready`)).json()) as Record<string, unknown>;
  assert.equal(now.offset, 500);
  assert.equal(now.status, 'degraded', 'events, and no catalogue');
  assert.match(String(now.warnings), /catalogue is empty/);
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
