import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { listenOn, mostTogether } from '../../src/server/listening.js';
import { sendJson } from '../../src/server/problem.js';

/** A port whose requests are counted and answered with their body. */
async function listening(
  t: TestContext,
): Promise<{ said(text: string): Promise<string>; asked(): string[] }> {
  const asked: string[] = [];
  const { url, drain } = await listenOn('127.0.0.1', 0, async (request, response) => {
    asked.push(request.url!);
    let body = '';
    for await (const part of request) body += String(part);
    sendJson(response, 200, { body }, { connection: 'close' });
  });
  t.after(drain);
  const said = (text: string): Promise<string> =>
    new Promise((resolve) => {
      let all = '';
      const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(text));
      socket.on('data', (chunk) => {
        all += chunk.toString();
      });
      // Refused while it still sends, it may be told by a reset.
      socket.on('error', () => {});
      socket.on('close', () => resolve(all));
    });
  return { said, asked: () => asked };
}

const next = 'GET /next HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n';

for (const [what, request, status] of [
  ['names no host', 'GET / HTTP/1.1\r\n\r\n', 400],
  ['names no host and has a body', `POST / HTTP/1.1\r\ncontent-length: ${next.length}\r\n\r\n`, 400],
  ['expects what there is not', 'GET / HTTP/1.1\r\nhost: a\r\nexpect: 200-maybe\r\n\r\n', 417],
  ['names two hosts', 'GET / HTTP/1.1\r\nhost: localhost\r\nHOST: evil.example\r\n\r\n', 400],
  ['is no HTTP', 'nonsense\r\n\r\n', 400],
  ['has two lengths', 'POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n', 400],
  ['has headers without end', `GET / HTTP/1.1\r\nhost: a\r\nx: ${'y'.repeat(80_000)}\r\n\r\n`, 431],
] as const)
  test(`a request that ${what} is refused as any other`, async (t) => {
    const { said, asked } = await listening(t);
    const answer = await said(what.includes('body') ? request + next : request);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    for (const header of [/content-type: application\/problem\+json/, /content-security-policy: /, /nosniff/])
      assert.match(answer, header);
    assert.equal(JSON.parse(/\{.*\}/.exec(answer)![0]).status, status);
    assert.deepEqual(asked(), []);
  });

test('HTTP/1.0 needs no host, and who waits to send a body is told to', async (t) => {
  const { said } = await listening(t);
  assert.match(await said('GET / HTTP/1.0\r\n\r\n'), /^HTTP\/1.1 200 /);
  const body = 'POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\nhi';
  assert.match(await said(body), /^HTTP\/1.1 100 [\s\S]*HTTP\/1.1 200 [\s\S]*"body":"hi"/);
});

test('a connection that sends many requests at once is ended, one that waits for each answer goes on', async (t) => {
  const { said, asked } = await listening(t);
  const one = 'GET /many HTTP/1.1\r\nhost: a\r\n\r\n';
  await said(one.repeat(mostTogether));
  assert.equal(asked().length, mostTogether);
  assert.equal(await said(one.repeat(1_000)), '');
  assert.equal(asked().length, 2 * mostTogether, 'none beyond');
  const { url, drain } = await listenOn('127.0.0.1', 0, (_request, response) => sendJson(response, 200, {}));
  t.after(drain);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  for (let turn = 0; turn < 3 * mostTogether; turn++) {
    socket.write(one);
    const [answer] = await once(socket, 'data');
    assert.match(String(answer), /^HTTP\/1.1 200 /);
  }
  socket.destroy();
});
