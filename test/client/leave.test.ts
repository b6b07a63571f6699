import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { createClient, type QueueStorage } from '../../packages/client/src/index.js';
import type { Event } from '../../src/core/index.js';
import { eventsOf, listen, taken } from './server.js';

/** As much of a browser as leaving a page takes; the page is one of `url`'s origin. */
function fakeBrowser(
  t: TestContext,
  url: string,
): {
  beacons: Promise<Event[]>[];
  storage: QueueStorage;
  leave(): void;
  hide(): void;
} {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const beacons: Promise<Event[]>[] = [];
  const sendBeacon = (url: string, body: Blob): boolean => {
    assert.match(url, /\/v1\/events$/);
    assert.equal(body.type, 'application/json');
    beacons.push(body.text().then((text) => JSON.parse(text) as Event[]));
    return true;
  };
  const fakes: Record<string, unknown> = {
    document,
    navigator: { sendBeacon },
    location: new URL(url),
    addEventListener: page.addEventListener.bind(page),
    removeEventListener: page.removeEventListener.bind(page),
  };
  for (const [name, value] of Object.entries(fakes)) {
    const before = Object.getOwnPropertyDescriptor(globalThis, name);
    Object.defineProperty(globalThis, name, { value, configurable: true });
    t.after(() => {
      if (before) Object.defineProperty(globalThis, name, before);
      else Reflect.deleteProperty(globalThis, name);
    });
  }
  return {
    beacons,
    storage: mapStorage(),
    leave: () => void page.dispatchEvent(new globalThis.Event('pagehide')),
    hide() {
      document.visibilityState = 'hidden';
      document.dispatchEvent(new globalThis.Event('visibilitychange'));
    },
  };
}

function mapStorage(): QueueStorage {
  const map = new Map<string, string>();
  return {
    getItem: (key) => map.get(key) ?? null,
    setItem: (key, value) => void map.set(key, value),
    removeItem: (key) => void map.delete(key),
    key: (i) => [...map.keys()][i] ?? null,
    get length() {
      return map.size;
    },
  };
}

const view = (id: string) => ({ type: 'view', items: [{ id }] });
const never = { user: 'u', batchDelay: 1e6, retries: 0 };

test('on leave the unsent events go by beacon, and come again with the same ids on the next page', async (t) => {
  const { url, seen } = await listen(t, taken);
  const browser = fakeBrowser(t, url);
  const client = createClient({ baseUrl: url, ...never, storage: browser.storage });
  const ids = [client.track(view('a')).id, client.track(view('b')).id];
  browser.leave();
  assert.deepEqual(
    (await browser.beacons[0])?.map(({ id }) => id),
    ids,
  );
  assert.equal(seen.length, 0);

  const next = createClient({ baseUrl: url, ...never, storage: browser.storage });
  assert.equal(next.pending, 2);
  await next.flush();
  assert.deepEqual(
    seen.flatMap(eventsOf).map(({ id }) => id),
    ids,
  );
  assert.equal(browser.storage.length, 0, 'nothing is left to send');
});

test('a page that is only hidden sends too; one with nothing to send does not; a closed client stops', async (t) => {
  const { url } = await listen(t, taken);
  const browser = fakeBrowser(t, url);
  const client = createClient({ baseUrl: url, ...never, storage: null });
  browser.hide();
  assert.equal(browser.beacons.length, 0);
  client.track(view('a'));
  browser.hide();
  assert.equal(browser.beacons.length, 1);
  await client.close();
  client.track(view('b'));
  browser.leave();
  assert.equal(browser.beacons.length, 1);
});

test('with a key, which a beacon cannot carry, a keep-alive request goes instead', async (t) => {
  const { url, seen } = await listen(t, taken);
  const browser = fakeBrowser(t, url);
  createClient({ baseUrl: url, ...never, key: 'k', storage: null }).track(view('a'));
  browser.leave();
  while (seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(seen[0]?.headers.authorization, 'Bearer k');
  assert.equal(browser.beacons.length, 0);
});

test('a beacon stays below what browsers take, newest events first', async (t) => {
  const browser = fakeBrowser(t, 'http://127.0.0.1:9');
  const client = createClient({ baseUrl: 'http://127.0.0.1:9', ...never, batchSize: 1_000, storage: null });
  const events = Array.from({ length: 600 }, (_, i) =>
    client.track({ ...view(`i${i}`), context: { note: 'é'.repeat(100) } }),
  );
  browser.leave();
  const sent = (await browser.beacons[0])!;
  assert.ok(new TextEncoder().encode(JSON.stringify(sent)).length < 65_536);
  assert.ok(sent.length > 100 && sent.length < 600);
  assert.deepEqual(sent, events.slice(-sent.length));
});

test('a storage that refuses or holds nonsense costs no event', async (t) => {
  const { url, seen } = await listen(t, taken);
  const storage = mapStorage();
  storage.setItem('endcap.unsent.old', '{"not":"a list"');
  storage.setItem = () => {
    throw new Error('full');
  };
  const client = createClient({ baseUrl: url, ...never, storage });
  client.track(view('a'));
  await client.flush();
  assert.equal(eventsOf(seen[0]!).length, 1);
});
