import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Event, Item } from '../../src/core/index.js';
import { openShop, type Shop } from '../../src/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

const items: Item[] = [
  { id: 'sofa', title: 'Grey sofa', category: 'seats', attributes: { colour: 'grey', origin: 'EU' } },
  { id: 'red', title: 'Red couch', category: 'seats', attributes: { colour: 'red', origin: 'EU' } },
  { id: 'lamp', title: 'Floor lamp', category: 'lamps', attributes: { colour: 'black', origin: 'EU' } },
];

function folder(t: TestContext, config: object): string {
  const dir = scratch(t);
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'endcap.json'), JSON.stringify(config));
  return dir;
}

async function shopIn(t: TestContext, config: object): Promise<Shop> {
  const dir = folder(t, config);
  writeFileSync(join(dir, 'words.txt'), 'sofa, couch\n');
  const shop = await openShop(dir);
  t.after(() => shop.close());
  await shop.putItems(items);
  return shop;
}

let events = 0;
const event = (type: string, user: string, more: Partial<Event>): Event => ({
  id: `e${++events}`,
  type,
  user,
  items: [],
  time: Date.now() - 60_000 + events,
  ...more,
});

test('the file of synonyms that endcap.json names is read, and the dial it sets is the usual one', async (t) => {
  const shop = await shopIn(t, { search: { synonyms: 'words.txt', personal: 0.25 } });
  const found = await shop.search({ user: 'u', query: 'couch' });
  assert.deepEqual(found.items.map(({ id }) => id).sort(), ['red', 'sofa']);
  assert.deepEqual(found.understood.synonyms, { couch: ['sofa'] });
  assert.equal(found.personal.dial, 0.25);
  assert.equal((await shop.search({ user: 'u', query: 'couch', personal: 1 })).personal.dial, 1);
  const plain = await shopIn(t, {});
  assert.deepEqual(
    (await plain.search({ user: 'u', query: 'couch' })).items.map(({ id }) => id),
    ['red'],
  );
});

test('what a query means is told from so many shoppers as endcap.json says, by the events it names', async (t) => {
  const events = { into_bag: { meaning: 'cart' } };
  for (const [anonymity, known] of [
    [3, true],
    [4, false],
  ] as const) {
    const shop = await shopIn(t, { events, search: { anonymity } });
    for (const user of ['a', 'b', 'c']) {
      const attribution = `search-${user}`;
      await shop.ingest([
        event('search', user, {
          query: 'seats for two',
          attribution,
          items: [{ id: 'sofa' }, { id: 'red' }],
        }),
        event('into_bag', user, { attribution, items: [{ id: 'red' }] }),
      ]);
    }
    const { understood, items: found } = await shop.search({
      user: 'new',
      query: 'seats for two',
      personal: 0,
    });
    // Everything comes from the EU: that it was chosen says nothing.
    assert.deepEqual(understood.attributes, known ? { colour: { value: 'red', share: 1 } } : undefined);
    assert.equal(understood.category?.value, known ? 'seats' : undefined);
    if (known) assert.equal(found[0]?.id, 'red');
    const { suggestions } = await shop.suggest({ user: 'new', prefix: 'seats f' });
    assert.equal(suggestions[0]?.kind, known ? 'query' : undefined);
  }
});

test('a file or folder that is missing is one clear error at the start', async (t) => {
  const faults = [
    [{ synonyms: 'nowhere.txt' }, 'invalid_synonyms'],
    [{ embedder: 'nowhere' }, 'invalid_text_model'],
  ] as const;
  for (const [search, code] of faults) {
    const dir = folder(t, { search });
    const engine = await openEngine({ store: openStore(dir) });
    t.after(() => engine.close());
    await assert.rejects(createServer(engine, { dir }), { code });
  }
});
