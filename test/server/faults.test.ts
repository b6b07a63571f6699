import assert from 'node:assert/strict';
import { cpSync, renameSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { maxStreams } from '../../src/server/stream.js';
import { server } from './support.js';

const nosniff = 'x-content-type-options';

test('every error below the routes says what every answer says to a browser', async (t) => {
  const { app, call } = await server(t);
  for (const [method, path, host] of [
    ['GET', '/v1/items/%zz', 'localhost'],
    ['GET', '/v1/nothing', 'localhost'],
    ['PATCH', '/health', 'localhost'],
    ['GET', '/health', 'rebound.example'],
    ['POST', '/v1/events', 'localhost'],
  ] as const) {
    const { status, headers } = await call(method, path, method === 'POST' ? '{' : undefined, { host });
    assert.ok(status >= 400, path);
    assert.equal(headers[nosniff], 'nosniff', path);
    assert.match(String(headers['content-security-policy']), /default-src 'self'/, path);
  }
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const socket = connect(Number(port), '127.0.0.1', () => socket.write('nonsense\r\n\r\n'));
  const answer = await new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(`${chunk}`)));
  assert.match(answer, /^HTTP\/1.1 400 .*\r\n(.*\r\n)*x-content-type-options: nosniff\r\n/);
  assert.match(answer, /content-type: application\/problem\+json\r\n/);
});

test('a path that is there for other methods is 405 with Allow', async (t) => {
  const { call } = await server(t);
  for (const [method, path, allow] of [
    ['PATCH', '/v1/recommend', 'POST'],
    ['POST', '/v1/items/phone', 'DELETE, GET, HEAD, PATCH, PUT'],
    ['PUT', '/v1/events?x=1', 'GET, HEAD, POST'],
    ['HEAD', '/v1/events/stream', 'GET'],
    ['OPTIONS', '/v1/recommend', 'POST'],
  ] as const) {
    const answer = await call(method, path);
    assert.equal(answer.status, 405, path);
    assert.equal(answer.headers.allow, allow);
    if (method !== 'HEAD') assert.equal(answer.body.code, 'method_not_allowed');
  }
  assert.equal((await call('PATCH', '/v1/nothing')).status, 404);
});

test('the contract says problem+json for errors, and its patterns are in every dialect', async (t) => {
  const { call } = await server(t);
  const { body } = await call('GET', '/openapi.json');
  let operations = 0;
  for (const [path, methods] of Object.entries<Record<string, { responses: Record<string, unknown> }>>(
    body.paths,
  )) {
    for (const [method, { responses }] of Object.entries(methods)) {
      for (const [status, response] of Object.entries(responses)) {
        if (!/^[45]/i.test(status)) continue;
        operations++;
        const { content } = response as { content: object };
        assert.deepEqual(Object.keys(content), ['application/problem+json'], `${method} ${path} ${status}`);
      }
    }
  }
  assert.ok(operations > 20);
  const patterns = [...JSON.stringify(body).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)];
  assert.ok(patterns.length > 5);
  for (const [, pattern = ''] of patterns) {
    const text: string = JSON.parse(pattern);
    assert.doesNotMatch(text, /\\[pPu]/, 'a class that only some dialects have');
    assert.doesNotThrow(() => new RegExp(text), 'and none needs the flag u');
  }
});

test('what goes wrong inside is logged with its route, and not told to the client', async (t) => {
  const lines: string[] = [];
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(line) } };
  const { call, engine } = await server(t, { logger });
  const broken = async (): Promise<never> => {
    throw new TypeError('the inside of a fault');
  };
  Object.assign(engine, { recommend: broken });
  const answer = await call('POST', '/v1/recommend', { user: 'u', scenario: 'home' });
  assert.equal(answer.status, 500);
  assert.ok(!answer.text.includes('the inside'));
  const logged = JSON.parse(lines.find((line) => line.includes('the inside of a fault'))!);
  assert.equal(logged.route, '/v1/recommend');
  assert.match(logged.err.stack, /TypeError: the inside of a fault\n {4}at /);
});

test('what is foreseen is a line of the log, without a stack', async (t) => {
  const lines: string[] = [];
  const logger = { level: 'info', stream: { write: (line: string) => void lines.push(line) } };
  const { call } = await server(t, { logger });
  const { status, body } = await call('GET', '/v1/inventory/forecast/phone');
  assert.equal(`${status} ${body.code}`, '503 forecast_pending');
  const logged = lines.map((line) => JSON.parse(line)).find(({ code }) => code === 'forecast_pending');
  assert.deepEqual([logged.level, logged.err, logged.route], [40, undefined, '/v1/inventory/forecast/:item']);
});

test('health and readiness are red once the folder is gone, and nothing is acknowledged', async (t) => {
  const { call, dir } = await server(t);
  const sent = (id: string) =>
    call('POST', '/v1/events', { id, type: 'view', user: 'u', items: [{ id: 'phone' }] });
  const parts = ['/health', '/ready'] as const;
  for (const path of parts) assert.equal((await call('GET', path)).status, 200, path);
  const log = join(dir, 'log');
  renameSync(log, `${log}-away`);
  for (const path of parts) {
    const answer = await call('GET', path);
    assert.equal(answer.status, 503, path);
    assert.equal(answer.body.code, 'store_gone');
    assert.ok(answer.body.remedy);
  }
  const refused = async (what: string): Promise<void> => {
    const { status, body } = await sent('while it is gone');
    assert.deepEqual([status, body.code], [503, 'store_gone'], what);
  };
  await refused('gone');
  // Another one in its place, as a backup that was put back too early: the file that is open is not in it.
  cpSync(`${log}-away`, log, { recursive: true });
  await refused('another one');
  rmSync(log, { recursive: true });
  renameSync(`${log}-away`, log);
  assert.equal((await sent('while it is gone')).body.events[0].status, 'accepted');
  for (const path of parts) assert.equal((await call('GET', path)).status, 200, path);
});

/** Asks for the stream and gives what comes first. */
async function streamed(t: TestContext, port: number, socket = connect(port, '127.0.0.1')): Promise<string> {
  t.after(() => socket.destroy());
  socket.write('GET /v1/events/stream HTTP/1.1\r\nhost: localhost\r\n\r\n');
  return new Promise((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
}

/** A reader of the stream that never reads on. */
async function slowReader(t: TestContext, port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await streamed(t, port, socket);
  socket.pause();
  return socket;
}

test('a reader of the stream that does not keep up is cut off, and its place is free', async (t) => {
  const { app, call, engine } = await server(t);
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
  const sockets = await Promise.all(Array.from({ length: 3 }, () => slowReader(t, Number(port))));
  const context = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`k${at}`, 'x'.repeat(900)]));
  const connections = (): Promise<number> =>
    new Promise((resolve) => void app.server.getConnections((_, count) => resolve(count)));
  assert.equal(await connections(), 3);
  for (let n = 0; n < 400 && (await connections()) > 0; n++) {
    const batch = Array.from({ length: 15 }, (_, at) => ({
      id: `${n}-${at}`,
      type: 'view',
      user: 'u',
      context,
    }));
    assert.equal((await call('POST', '/v1/events', batch)).status, 200);
  }
  assert.equal(await connections(), 0, 'their sockets are destroyed, not only ended');
  assert.ok(engine.state.offset > 15);
  for (const socket of sockets) socket.destroy();
  const answers = await Promise.all(Array.from({ length: maxStreams }, () => streamed(t, Number(port))));
  assert.ok(answers.every((answer) => answer.startsWith('HTTP/1.1 200')));
  assert.match(await streamed(t, Number(port)), /too_many_streams/);
});
