import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import {
  InventoryDesk,
  type OutlookKeeper,
  type SoldDay,
  type StockSettings,
} from '../../src/inventory/index.js';
import { packObject, unpackObject } from '../../src/storage/index.js';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const weeks = 30;
const lastDay = 1_000 + weeks * 7 - 1;
const made = lastDay * dayMs + 8 * hourMs;

/** Six items that sell every day. */
function demand(): { id: string; days: SoldDay[] }[] {
  const chance = random(3);
  return Array.from({ length: 6 }, (_, item) => ({
    id: `sku${item}`,
    days: Array.from({ length: weeks * 7 }, (_, day) => {
      const units = 1 + chance.int(2 + item);
      return { day: 1_000 + day, units, revenue: 4 * units, orders: 1 };
    }),
  }));
}
const items = demand().map(({ id }, at) => ({
  id,
  title: `Thing ${at}`,
  stock: 9 * at,
  price: 4,
  category: 'all',
}));

/** Keeps one forecast in memory. */
class Kept implements OutlookKeeper {
  packed: Uint8Array | undefined;
  read = async (): Promise<Uint8Array | undefined> => this.packed;
  write = async (packed: Uint8Array): Promise<void> => {
    this.packed = packed;
  };
}

interface Shop {
  now?: number;
  settings?: StockSettings;
  sold?: ReturnType<typeof demand>;
}

const deskOf = (keeper: OutlookKeeper, { now = made, settings = {}, sold = demand() }: Shop = {}) =>
  new InventoryDesk({ demand: () => sold, items: () => items, now: () => now }, settings, keeper);

test('a forecast that is kept says after a start what it said before, as long as it tells of the shop', async () => {
  const kept = new Kept();
  const before = deskOf(kept);
  assert.equal(await before.restore(), undefined, 'there is none yet');
  assert.deepEqual(before.state, { state: 'none' });
  await before.refresh();
  const after = deskOf(kept, { now: made + 5 * hourMs });
  assert.equal(await after.restore(), made);
  assert.deepEqual(after.state, { state: 'ready' });
  assert.deepEqual(after.outlook, before.outlook);
  assert.deepEqual(after.advice(), before.advice());
  assert.ok(after.advice().rule, 'with the multiplier that the shop orders by');
  assert.deepEqual(after.weights, before.weights);

  const used = async (shop: Shop): Promise<boolean> => {
    const desk = deskOf(kept, shop);
    const found = (await desk.restore()) !== undefined;
    assert.equal(desk.outlook !== undefined, found);
    return found;
  };
  const more = (days: number) =>
    demand().map(({ id, days: sold }) => ({ id, days: sold.slice(0, sold.length + days) }));
  assert.equal(await used({ now: made + 25 * hourMs }), false, 'of yesterday');
  assert.equal(await used({ now: made - 1 }), false, 'of a time that is still to come');
  assert.equal(await used({ settings: { leadTimeDays: 40 } }), false, 'of a shop that ordered otherwise');
  assert.equal(
    await used({ settings: { service: { fill: 0.99 } } }),
    false,
    'to meet another share of demand',
  );
  assert.equal(await used({ sold: more(-3) }), true);
  assert.equal(await used({ sold: more(-20) }), false, 'of more sales than there are');
  const imported = demand().map(({ id, days }) => ({ id, days: [...days, ...earlier(10)] }));
  assert.equal(await used({ sold: imported }), false, 'of fewer: others were imported since');
  const old = made + 20 * hourMs;
  const quiet = demand().map(({ id, days }) => ({
    id,
    days: days.map((sold) => ({ ...sold, day: sold.day - 60 })),
  }));
  assert.equal(await used({ sold: quiet, now: old }), false, 'of other days');
});

/** So many days before all others. */
const earlier = (days: number): SoldDay[] =>
  Array.from({ length: days }, (_, at) => ({ day: 999 - at, units: 1, revenue: 4, orders: 1 }));

test('a forecast that is damaged is refused, and one of another version is left alone', async () => {
  const kept = new Kept();
  await deskOf(kept).refresh();
  const whole = kept.packed!;
  kept.packed = whole.slice();
  kept.packed[whole.length >> 1]! ^= 1;
  const damaged = deskOf(kept);
  await assert.rejects(damaged.restore());
  assert.equal(damaged.outlook, undefined);
  const content = (await unpackObject(whole)) as object;
  for (const other of [{ format: 0 }, { code: '0.0.0' }]) {
    kept.packed = await packObject({ ...content, ...other });
    assert.equal(await deskOf(kept).restore(), undefined, JSON.stringify(other));
  }
  kept.packed = await packObject(content);
  assert.equal(await deskOf(kept).restore(), made);
});

test('a forecast that is ended while another thread learns never begins', async () => {
  const [first, second] = [deskOf(new Kept()), deskOf(new Kept())];
  const made = first.refresh();
  const ended = assert.rejects(second.refresh(), /ended/);
  await second.close();
  await ended;
  assert.equal(second.outlook, undefined);
  await made;
  assert.ok(first.outlook);
});
