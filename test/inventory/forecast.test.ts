import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdsOf } from '../../bench/support/loopWatch.js';
import { EndcapError, random } from '../../src/core/index.js';
import type { Outlook } from '../../src/inventory/desk.js';
import {
  adviseStock,
  csv,
  type DemandForecast,
  type DemandTable,
  demandTable,
  demoStock,
  forecastDemand,
  forecastPage,
  forecastRows,
  InventoryDesk,
  levels,
  quantileAt,
  reorderPage,
  rounded,
  type SoldDay,
  seriesOf,
  shareBelow,
  shelfWeights,
} from '../../src/inventory/index.js';
import { shelfWeight } from '../../src/inventory/stock/shelfWeight.js';

/** Items that sell by chance at levels of their own, for some weeks. */
function shop(items: number, weeks: number): { id: string; days: SoldDay[] }[] {
  const chance = random(3);
  return Array.from({ length: items }, (_, item) => {
    const level = 2 + 3 * item;
    const days: SoldDay[] = [];
    for (let day = 0; day < weeks * 7; day++) {
      const units = Math.round(Math.max(0, level / 7 + (chance.normal() * Math.sqrt(level)) / 3));
      if (units > 0) days.push({ day: 1_000 + day, units, revenue: 4 * units, orders: 1 });
    }
    return { id: `sku${item}`, days };
  });
}

test('a forecast covers every item, in order, and its sums agree', async () => {
  const weeks = 30;
  const table = demandTable(shop(6, weeks), { lastDay: 1_000 + weeks * 7 - 1 });
  const groups = table.ids.map((_, row) => (row % 2 ? 'odd' : 'even'));
  const forecast = await forecastDemand(table, { horizon: 4, groups });
  assert.equal(forecast.method.length, table.ids.length);
  for (let at = 0; at < forecast.quantiles.length; at++) {
    assert.ok(forecast.quantiles[at]! >= 0);
    if (at % levels.length > 0) assert.ok(forecast.quantiles[at]! >= forecast.quantiles[at - 1]!);
    if (Math.floor(at / levels.length) % 4 > 0)
      assert.ok(forecast.totals[at]! >= forecast.totals[at - levels.length]!);
  }
  for (let ahead = 0; ahead < 4; ahead++) {
    const sum = table.ids.reduce((total, _, row) => total + forecast.mean[row * 4 + ahead]!, 0);
    assert.ok(Math.abs(sum - forecast.total.mean[ahead]!) < 1e-6);
    assert.ok(Math.abs(forecast.groups.reduce((total, { mean }) => total + mean[ahead]!, 0) - sum) < 1e-6);
  }
  table.ids.forEach((id, row) => {
    const usual = seriesOf(table, row).reduce((sum, units) => sum + units, 0) / weeks;
    const median = forecast.quantiles[row * 4 * levels.length + 1]!;
    assert.ok(Math.abs(median - usual) < 0.35 * usual + 2, `${id}: ${median} where it sells ${usual}`);
  });
  assert.ok(forecast.candidates.some(({ method }) => method === 'TSB'));
});

test('a shop of a few weeks, of one item, or whose currency changes is forecast all the same', async () => {
  for (const [items, weeks] of [
    [1, 2],
    [3, 6],
  ] as const) {
    const table = demandTable(shop(items, weeks), { lastDay: 1_000 + weeks * 7 - 1 });
    const forecast = await forecastDemand(table, { horizon: 3 });
    assert.equal(forecast.quantiles.length, table.ids.length * 3 * levels.length);
    assert.ok(forecast.quantiles.every(Number.isFinite) && forecast.mean.every(Number.isFinite));
  }
  const change = (factor: number) =>
    shop(3, 20).map(({ id, days }) => ({
      id,
      days: days.map((sold) => ({ ...sold, revenue: sold.revenue * (sold.day > 1_070 ? factor : 1) })),
    }));
  const [pounds, yen] = await Promise.all(
    [1, 180].map((factor) => forecastDemand(demandTable(change(factor), { lastDay: 1_139 }))),
  );
  assert.deepEqual(pounds!.quantiles, yen!.quantiles, 'units do not depend on the money they cost');
});

test('trees over all items are tried where there are enough of them', async () => {
  const weeks = 24;
  const table = demandTable(shop(32, weeks), { lastDay: 1_000 + weeks * 7 - 1 });
  const forecast = await forecastDemand(table, { horizon: 4 });
  assert.ok(forecast.candidates.some(({ method }) => method === 'trees'));
  for (const values of [forecast.quantiles, forecast.totals]) {
    values.forEach((units, at) => {
      assert.ok(Number.isFinite(units) && units >= 0);
      if (at % levels.length > 0) assert.ok(units >= values[at - 1]!, 'quantiles are in order');
    });
  }
  forecast.totals.forEach((units, at) => {
    const ahead = Math.floor(at / levels.length) % 4;
    if (ahead > 0) assert.ok(units >= forecast.totals[at - levels.length]!, 'more weeks sell no less');
  });
});

test('where trees win they forecast: each period for itself, totals as sums, the mean the same for all', async () => {
  const [weeks, horizon] = [40, 4];
  // A rhythm of three weeks that each item is at another place of, which no smoothing can follow.
  const chance = random(3);
  const items = Array.from({ length: 40 }, (_, item) => ({
    level: item % 2 ? 100 : 10,
    place: chance.int(3),
  }));
  const sold = (item: number, at: number): number =>
    items[item]!.level * ((at + items[item]!.place) % 3 === 0 ? 2.4 : 0.3);
  const demand = items.map((_, item) => ({
    id: `sku${item}`,
    days: Array.from({ length: weeks }, (_, at) => {
      const units = Math.round(sold(item, at) * (1 + 0.05 * chance.normal()));
      return { day: 1_000 + 7 * at, units, revenue: units, orders: 1 };
    }),
  }));
  const table = demandTable(demand, { lastDay: 1_000 + weeks * 7 - 1 });
  const forecast = await forecastDemand(table, { horizon });
  assert.ok(
    forecast.method.every((method) => method === 'trees'),
    forecast.method.join(),
  );
  const near = (found: number, wanted: number, what: string): void =>
    assert.ok(Math.abs(found / wanted - 1) < 0.35, `${what}: ${found}, not ${wanted}`);
  const middle = levels.indexOf(0.5);
  items.forEach(({ level }, item) => {
    let total = 0;
    for (let ahead = 0; ahead < horizon; ahead++) {
      const at = (item * horizon + ahead) * levels.length + middle;
      const wanted = sold(item, weeks + ahead);
      total += wanted;
      if (wanted > level) near(forecast.quantiles[at]!, wanted, `period ${item} ${ahead}`);
      if (ahead === horizon - 1) near(forecast.totals[at]!, total, `total ${item}`);
    }
    for (let ahead = 0; ahead < horizon; ahead++)
      near(forecast.mean[item * horizon + ahead]!, total / horizon, `mean ${item} ${ahead}`);
  });
});

test('quantiles between and beyond those forecast, and back', () => {
  const values = [1, 5, 8, 12, 15];
  for (const [at, level] of levels.entries())
    assert.ok(Math.abs(quantileAt(values, 0, level) - values[at]!) < 1e-9);
  assert.ok(quantileAt(values, 0, 0.99) > 15);
  assert.ok(quantileAt(values, 0, 0.25) > 1 && quantileAt(values, 0, 0.25) < 5);
  assert.ok(Math.abs(shareBelow(values, 0, 8) - 0.75) < 1e-6);
});

/** One item that sells 10 a week for certain, one that never does. */
function certain(): DemandForecast {
  const horizon = 8;
  const totals = new Float32Array(2 * horizon * levels.length);
  const quantiles = new Float32Array(2 * horizon * levels.length);
  for (let ahead = 0; ahead < horizon; ahead++) {
    totals.fill(10 * (ahead + 1), ahead * levels.length, (ahead + 1) * levels.length);
    quantiles.fill(10, ahead * levels.length, (ahead + 1) * levels.length);
  }
  const mean = new Float64Array(2 * horizon).fill(10, 0, horizon);
  return {
    ids: ['steady', 'dead'],
    firstDay: 1_000,
    periodDays: 7,
    horizon,
    class: ['smooth', 'dead'],
    method: ['SES(.2)', 'TSB'],
    quantiles,
    totals,
    mean,
    groups: [],
    group: Int32Array.of(0, 0),
    total: { mean: new Float64Array(horizon).fill(10), changePoints: [] },
    candidates: [],
  };
}

test('advice: reorder point, order in packs, the day of the stock-out, alerts', () => {
  const advise = (stock: object, settings = {}) =>
    adviseStock([{ id: 'steady', stock: 0, ...stock }], certain(), {
      leadTimeDays: 14,
      reviewDays: 7,
      ...settings,
    })[0]!;
  const low = advise({ stock: 12, packSize: 12, price: 3 });
  assert.deepEqual([low.reorderPoint, low.order, low.value], [30, 24, 72]);
  assert.equal(low.stockOutDay, 1_000 + 9);
  assert.equal(low.alert, 'stock_out');
  assert.equal(advise({ stock: 12, onOrder: 18 }).order, 0);
  assert.equal(advise({ stock: 29, minimumOrder: 50 }).order, 50);
  assert.equal(advise({ stock: 0 }).alert, 'out_of_stock');
  assert.equal(advise({ stock: 400 }).alert, 'overstock');
  const slowly = {
    ...certain(),
    mean: new Float64Array(16).fill(1 / 30),
    totals: new Float32Array(16 * levels.length),
  };
  const alerts = [1, 2, 3].map((stock) => adviseStock([{ id: 'steady', stock }], slowly)[0]!.alert);
  assert.deepEqual(alerts, [undefined, 'overstock', 'dead_stock'], 'a single one is not too much');
  assert.equal(advise({ stock: 5 }, { leadTimeDays: 0 }).reorderPoint, 10);
  assert.equal(advise({ stock: 5 }, { leadTimeDays: 63 }).reorderPoint, 100, 'beyond the horizon of 8 weeks');
  const lots = advise({ stock: 30, price: 5 }, { orderCost: 20, holdingRate: 0.26 });
  assert.equal(lots.order, Math.round(Math.sqrt((2 * 20 * 10) / ((5 * 0.26) / 52))));
  assert.equal(advise({ stock: 31, price: 5 }, { orderCost: 20 }).order, 0);
  assert.equal(rounded(0, { packSize: 6 }), 0);
});

test('what runs out is pushed less, what lies too long more, within bounds', () => {
  const weigh = (of: Partial<Parameters<typeof shelfWeight>[0]>): number =>
    Number(shelfWeight({ stock: 9, coverWeeks: 5, stockOutChance: 0, weekly: 1, ...of }).toFixed(6));
  assert.deepEqual(
    [5, 13, 32.5, 52, 99].map((coverWeeks) => weigh({ coverWeeks })),
    [1, 1, 1.25, 1.5, 1.5],
  );
  assert.deepEqual(
    [0.2, 0.5, 0.95].map((stockOutChance) => weigh({ stockOutChance })),
    [1, 0.7, 0.3],
  );
  assert.equal(weigh({ stockOutChance: 1, weekly: 0 }), 1, 'nobody asks for it');
  assert.equal(weigh({ stock: 0, coverWeeks: Number.POSITIVE_INFINITY }), 1, 'there is nothing to push');
});

test('the rows of a forecast tell the last weeks of each item, of a short history all', () => {
  const table = { periods: 2, units: Float64Array.of(9, 8, 1, 2) } as DemandTable;
  const outlook = {
    forecast: certain(),
    table,
    titles: new Map([['dead', 'Dead lamp']]),
  } as unknown as Outlook;
  const { head, rows } = forecastRows(outlook, [1, 0]);
  const at = (name: string): number => head.indexOf(name);
  assert.deepEqual(
    rows.map((row) => [row[at('item')], row[at('title')], row[at('last 4 weeks')], row[at('mean 8 weeks')]]),
    [
      ['dead', 'Dead lamp', '3', '0'],
      ['steady', '', '17', '80'],
    ],
  );
  const longer = {
    periods: 6,
    units: Float64Array.from([9, 9, 1, 1, 1, 1, 8, 8, 2, 2, 2, 2]),
  } as DemandTable;
  const last = forecastRows({ ...outlook, table: longer }, [0, 1]).rows.map((row) => row[at('last 4 weeks')]);
  assert.deepEqual(last, ['4', '8']);
});

test('an item without history is advised on by what is known: nothing is ordered, and it says so', () => {
  const [unknown] = adviseStock([{ id: 'new', stock: 3 }], certain());
  assert.deepEqual([unknown!.order, unknown!.method, unknown!.alert], [0, 'none', 'dead_stock']);
  assert.equal(adviseStock([{ id: 'new', stock: 0 }], certain())[0]!.alert, 'out_of_stock');
  const [dead] = adviseStock([{ id: 'dead', stock: 3 }], certain());
  assert.deepEqual([dead!.order, dead!.alert], [0, 'dead_stock']);
});

test('negative stock, NaN and settings out of range are refused by item, field and remedy', () => {
  const refused = (item: object, settings: object, field: RegExp): void =>
    assert.throws(
      () => adviseStock([{ id: 'steady', stock: 1, ...item }], certain(), settings),
      (error) =>
        error instanceof EndcapError &&
        error.code === 'invalid_stock' &&
        field.test(error.errors[0]!.field) &&
        error.remedy !== undefined,
    );
  refused({ stock: -4 }, {}, /stock of the item "steady"/);
  refused({ stock: Number.NaN }, {}, /stock/);
  refused({ packSize: 0 }, {}, /packSize/);
  refused({}, { leadTimeDays: -1 }, /leadTimeDays/);
  refused({}, { service: { cycle: 1.2 } }, /cycle/);
});

test('shelf weights: what runs out weighs less, what ages more, the rest nothing', () => {
  const advice = adviseStock(
    [
      { id: 'steady', stock: 5 },
      { id: 'dead', stock: 50 },
    ],
    certain(),
  );
  const weights = shelfWeights(advice);
  assert.ok(weights.get('steady')! < 0.5);
  assert.ok(weights.get('dead')! > 1.2);
  assert.equal(shelfWeights(adviseStock([{ id: 'steady', stock: 60 }], certain())).size, 0);
});

test('the desk forecasts in a thread, writes both pages, and says what is missing', async () => {
  const demand = shop(4, 20);
  const items = demand.map(({ id }, at) => ({
    id,
    title: `<Thing> & ${id}`,
    stock: at * 9,
    price: 2,
    category: 'all',
  }));
  const once = { id: 'once', days: [{ day: 1_100, units: 2, revenue: 4, orders: 1 }] };
  const desk = new InventoryDesk({
    demand: () => [...demand, once],
    items: () => items,
    now: () => 1_139 * 86_400_000,
  });
  assert.throws(
    () => desk.advice(),
    (error) => error instanceof EndcapError && error.code === 'forecast_pending',
  );
  const outlook = await desk.refresh();
  assert.ok(outlook.table.ids.includes('once'), 'sold on a single day');
  const advised = desk.advice();
  assert.equal(advised.items.length, 4);
  const pages = [forecastPage(outlook, advised.items), reorderPage(outlook, advised)];
  for (const page of pages) {
    assert.match(page, /<svg role="img"/);
    assert.doesNotMatch(page, /NaN|undefined|<Thing>/);
  }
  assert.match(pages[1]!, /reorder point \d+/);
  const empty = new InventoryDesk({ demand: () => [], items: () => [], now: () => 0 });
  await assert.rejects(
    empty.refresh(),
    (error) => error instanceof EndcapError && error.code === 'no_events',
  );
});

test('a forecast of many items holds the loop for a few milliseconds at a time', async () => {
  const days = Array.from({ length: 400 }, (_, at) => ({ day: 1_000 + at, units: 2, revenue: 4, orders: 1 }));
  const ids = Array.from({ length: 4_000 }, (_, at) => `sku${at}`);
  const sources = {
    demand: () => ids.map((id) => ({ id, days })),
    items: () => ids.map((id) => ({ id, title: id, category: 'all' })),
    now: () => 1_399 * 86_400_000,
  };
  const begin = async (): Promise<void> => {
    const desk = new InventoryDesk(sources);
    const ended = assert.rejects(desk.refresh(), /ended/);
    // Until the thread has the table and forecasts.
    while (desk.state.note === 'reading sales') await new Promise((resolve) => setTimeout(resolve, 1));
    await desk.close();
    await ended;
  };
  const { rounds } = await holdsOf(begin, { rounds: 3, times: 1 });
  const least = Math.min(...rounds.map(({ processor }) => processor));
  assert.ok(least < 40, `held for ${least} ms of processor time`);
});

test('CSV quotes what must be quoted and defuses what a spreadsheet would run', () => {
  assert.equal(
    csv({
      head: ['item', 'title'],
      rows: [
        ['a,b', '=1+1'],
        ['"q"', '-5'],
        ['-2+3', "-2+3+cmd|'/c calc'!A0"],
      ],
    }),
    'item,title\r\n"a,b",\'=1+1\r\n"""q""",-5\r\n\'-2+3,\'-2+3+cmd|\'/c calc\'!A0\r\n',
  );
});

test('the demo makes up stock for items that have none, marks it, and never hides an item', () => {
  const demand = shop(4, 10);
  const items = [...demand.map(({ id }) => ({ id })), { id: 'unsold' }, { id: 'known', stock: 7 }];
  const made = demoStock(items, demand, 1_069 * 86_400_000);
  assert.deepEqual(
    made.map(({ id }) => id),
    ['sku0', 'sku1', 'sku2', 'sku3', 'unsold'],
  );
  for (const { stock, attributes } of made) {
    assert.ok(Number.isInteger(stock) && stock! >= 1);
    assert.equal(attributes?.demoStock, true);
  }
  assert.deepEqual(demoStock(items, demand, 1_069 * 86_400_000), made);
});
