import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { serverTarget } from '../../src/cli/importTarget.js';
import { scratch } from '../support/events.js';

/** A server that answers each path in turn with what is given. */
async function answering(
  t: { after(done: () => void): void },
  answer: (path: string) => [status: number, body: unknown],
): Promise<string> {
  const server = createServer((request, reply) => {
    const [status, body] = answer(request.url!);
    reply.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const event = { id: 'order:1:u1', type: 'purchase', user: 'u1', items: [], time: 1 };

test('the log of a server is read page by page', async (t) => {
  const asked: string[] = [];
  const url = await answering(t, (path) => {
    asked.push(path);
    const first = path.endsWith('from=3&to=9');
    return [200, { events: [{ offset: first ? 3 : 7, event }], ...(first ? { next: 5 } : {}) }];
  });
  const target = serverTarget(url, undefined, join(scratch(t), 'nowhere'));
  const offsets: number[] = [];
  for await (const { offset } of target.logged(3, 9)) offsets.push(offset);
  assert.deepEqual(offsets, [3, 7]);
  assert.deepEqual(asked, [
    '/v1/events?type=purchase,refund&from=3&to=9',
    '/v1/events?type=purchase,refund&from=5&to=9',
  ]);
  assert.deepEqual(target.notes, []);
});

test('a key that may not read the log is said, once, and the import goes on', async (t) => {
  let asked = 0;
  const url = await answering(t, () => {
    asked++;
    return [403, { code: 'forbidden' }];
  });
  const target = serverTarget(url, 'secret', undefined);
  for (const _ of [1, 2]) for await (const _event of target.logged()) assert.fail('nothing can be seen');
  assert.equal(asked, 1);
  assert.match(target.notes!.join(), /not looked for: .*scope admin/);
});

test('an event that is refused for its shopper is refused for the key, which is said', async (t) => {
  const refusal = (field: string) => async (): Promise<unknown> => {
    const error = { field, message: 'is not right' };
    const url = await answering(t, () => [207, { events: [{ id: event.id, status: 'rejected', error }] }]);
    return serverTarget(url, 'key', undefined).append([event]);
  };
  await assert.rejects(refusal('user'), { code: 'server_refused', remedy: /server key of the scopes/ });
  await assert.rejects(refusal('type'), { code: 'server_refused', remedy: /server of the same version/ });
});
