import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import {
  callWebhook,
  checkWebhook,
  isPublicAddress,
  isSigned,
  Outbox,
  sign,
} from '../../src/marketing/index.js';

const secret = 'a secret of sixteen and more';
const anywhere = { allowed: () => true };

/** A receiver on this machine; gives its address. */
async function receiver(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse, body: string) => void,
): Promise<string> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => answer(request, response, body));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
}

test('a call arrives signed, with its key', async (t) => {
  let seen: { signature: string; key: unknown; body: string } | undefined;
  const url = await receiver(t, (request, response, body) => {
    seen = {
      signature: String(request.headers['endcap-signature']),
      key: request.headers['idempotency-key'],
      body,
    };
    response.end();
  });
  await callWebhook({ url, secret, key: 'k1', body: '{"a":1}' }, 5_000, anywhere);
  assert.equal(seen!.key, 'k1');
  assert.ok(isSigned(seen!.body, secret, seen!.signature, 5));
  assert.ok(!isSigned(seen!.body, secret, seen!.signature.replace('t=', 't=00'), 5), 'written otherwise');
  assert.ok(!isSigned('{"a":2}', secret, seen!.signature, 5), 'another body');
  assert.ok(!isSigned(seen!.body, `${secret}!`, seen!.signature, 5), 'another secret');
  assert.ok(!isSigned(seen!.body, secret, seen!.signature, 5_000), 'too old');
  assert.ok(!isSigned(seen!.body, secret, 'nonsense', 5));
  assert.match(sign('', secret, 1), /^t=1,v1=[0-9a-f]{64}$/);
});

test('private addresses are told from public ones', () => {
  const inside = [
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    // NAT64 of a network's own, Teredo, sites of old, and what no network has.
    '64:ff9b:1::7f00:1',
    '2001:0:7f00:1::',
    'fec0::1',
    '192.88.99.1',
    '3fff::1',
    '5f00::1',
    'fe80::1%eth0',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'nonsense',
    '',
  ];
  for (const address of inside) assert.equal(isPublicAddress(address), false, address);
  for (const address of ['8.8.8.8', '172.32.0.1', '1.1.1.1', '2606:4700::1111', '::ffff:8.8.8.8'])
    assert.equal(isPublicAddress(address), true, address);
});

test('no webhook goes to a private address: as a number, by name, or by a redirect', async (t) => {
  for (const url of [
    'http://127.0.0.1/',
    'http://[::1]/',
    'https://169.254.169.254/latest',
    'http://2130706433/',
    'http://0x7f.1/',
    'ftp://example.org/',
    'https://user:pass@example.org/',
    'https://:pass@example.org/',
    'nonsense',
    'http://localhost:9/',
    'http://LOCALHOST./',
    'http://shop.localhost/',
    'https://printer.local/',
    'https://metadata.google.internal/',
    'https://nas.home.arpa/',
    'https://wiki/',
    'https://wiki.intranet/',
  ])
    assert.throws(() => checkWebhook(url, secret), { code: 'invalid_webhook' }, url);
  assert.throws(() => checkWebhook('https://example.org/', 'short'), { code: 'invalid_webhook' });
  for (const url of ['https://example.org/hook', 'https://local.example.org/', 'https://mylocal.org/'])
    checkWebhook(url, secret);
  checkWebhook('http://localhost:9/', secret, () => true);
  const call = { secret, key: 'k', body: '{}' };
  await assert.rejects(callWebhook({ ...call, url: 'http://127.0.0.1:9/' }, 0), /private address/);
  await assert.rejects(callWebhook({ ...call, url: 'http://localhost:9/' }, 0), /private address/);
  let followed = false;
  const inner = await receiver(t, (_request, response) => {
    followed = true;
    response.end();
  });
  const outer = await receiver(t, (_request, response) => response.writeHead(302, { location: inner }).end());
  await assert.rejects(callWebhook({ ...call, url: outer }, 0, anywhere), /redirects \(302\)/);
  assert.equal(followed, false);
});

test('a receiver that hangs is given up after its time, one that fails says why', async (t) => {
  const hangs = await receiver(t, () => {});
  await assert.rejects(
    callWebhook({ url: hangs, secret, key: 'k', body: '' }, 0, { ...anywhere, timeout: 100 }),
    /no answer within 100 ms/,
  );
  const fails = await receiver(t, (_request, response) => response.writeHead(500).end());
  await assert.rejects(callWebhook({ url: fails, secret, key: 'k', body: '' }, 0, anywhere), /answered 500/);
});

const delivery = (key: string) => ({ url: 'https://example.org', secret, key, body: '{}' });

test('what fails is tried again after growing pauses, then kept as a dead letter, and sent when asked', async () => {
  let now = 0;
  let works = false;
  const tries: number[] = [];
  const outbox = new Outbox(async () => {
    tries.push(now);
    if (!works) throw new Error('answered 500');
  });
  outbox.add(delivery('a'), now);
  outbox.add(delivery('a'), now);
  for (; now < 40 * 3_600_000; now += 500) await outbox.deliver(() => now);
  assert.equal(tries.length, 8);
  const pauses = tries.slice(1).map((time, at) => time - tries[at]!);
  for (let at = 1; at < pauses.length; at++) assert.ok(pauses[at]! >= pauses[at - 1]!, pauses.join());
  assert.deepEqual(outbox.status(), {
    waiting: 0,
    sent: 0,
    dropped: 0,
    dead: [{ key: 'a', url: 'https://example.org', fault: 'answered 500' }],
  });
  works = true;
  assert.equal(outbox.retryDead(now), 1);
  await outbox.deliver(() => now);
  assert.deepEqual(outbox.status(), { waiting: 0, sent: 1, dropped: 0, dead: [] });
});

test('a slow receiver does not get the same delivery twice, and a restart loses none', async () => {
  let calls = 0;
  let release = (): void => {};
  const outbox = new Outbox(() => {
    calls++;
    return new Promise((resolve) => {
      release = resolve;
    });
  });
  outbox.add(delivery('a'), 0);
  const first = outbox.deliver(() => 1);
  await outbox.deliver(() => 2);
  assert.equal(calls, 1);
  const restarted = new Outbox(async () => {});
  restarted.restore(structuredClone(outbox.pack()));
  assert.equal(restarted.status().waiting, 1);
  release();
  await first;
  assert.equal(outbox.status().sent, 1);
});
