import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { defaultEventTable } from '../../src/core/index.js';
import type { Shelf } from '../../src/models/index.js';
import { memoryStore } from '../../src/storage/index.js';
import { Registry, type ShelfLesson, type ShopContent, trainShop } from '../../src/train/index.js';
import { day, event, scratch, start } from '../support/events.js';

function shopOf(t: TestContext): ShopContent {
  const days = 40;
  const events = Array.from({ length: days * 20 }, (_, at) =>
    event({
      id: `e${at}`,
      type: 'purchase',
      user: `u${at % 20}`,
      items: [{ id: `i${(at * 7 + Math.floor(at / 20)) % 50}` }],
      time: start + (at * day) / 20,
    }),
  );
  return {
    dir: scratch(t),
    events,
    catalogue: new Map(Array.from({ length: 50 }, (_, at) => [`i${at}`, { id: `i${at}` }])),
    objects: memoryStore().objects,
    table: defaultEventTable,
  };
}

const request = { models: 'popularity', days: 7, seed: 1, tune: false, deploy: true };

test('the shelf is learned in the validation window, and is told of the one after it', async (t) => {
  const lessons: ShelfLesson[] = [];
  const learned: Shelf = { model: 1, session: 0, titles: 0, popular: 0, variants: false };
  await trainShop(shopOf(t), request, {
    code: 'test',
    watch: () => {},
    async learnShelf(lesson) {
      lessons.push(lesson);
      return { shelf: learned, late: false };
    },
  });
  const [{ window, cases, later }] = lessons as [ShelfLesson];
  assert.deepEqual([lessons.length, later?.window.from], [1, window.to]);
  assert.ok(cases.every(({ now }) => now >= window.from && now <= window.to));
  assert.ok(later!.cases.length > 0 && later!.cases.every(({ now }) => now >= window.to));
  assert.equal(later!.model.name, 'popularity');
});

test('the shelf ends with the budget, and the decision says so', async (t) => {
  const shop = shopOf(t);
  const shelf: Shelf = { model: 1, session: 1, titles: 0, popular: 0, variants: false };
  const { decision } = await trainShop(
    shop,
    { ...request, budget: 0.001 },
    {
      code: 'test',
      watch: () => {},
      async learnShelf({ progress }) {
        assert.throws(() => progress({ phase: 'shelf', done: 0, total: 1 }), { code: 'out_of_time' });
        return { shelf, late: true };
      },
    },
  );
  assert.match(decision!.why, /there was no time to learn what the home shelf is made of/);
  assert.deepEqual((await new Registry(shop.objects).manifest(decision!.version!)).shelf, shelf);
});
