import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Event, random } from '../../src/core/index.js';
import { openMarketing, readTrial } from '../../src/marketing/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { day, scratch, start } from '../support/events.js';

/** An experiment where the young are moved, as a shop would export it. */
function experiment(rows: number, { seed = 1, moved = 0.5 } = {}): string {
  const chance = random(seed);
  const lines = ['customer_id;age;region;coupon;bought'];
  for (let row = 0; row < rows; row++) {
    const age = 18 + chance.int(60);
    const treated = chance.float() < 0.5;
    const bought = chance.float() < 0.1 + (treated && age < 40 ? moved : 0);
    const region = ['north', 'south', '北京'][chance.int(3)];
    lines.push(`c${row};${age};${region};${treated ? 'yes' : 'no'};${bought ? 1 : 0}`);
  }
  return lines.join('\r\n');
}

const columns = { treatment: 'coupon', outcome: 'bought' };

test('a table is read by its columns: arms by words, categories as such, ids left out and said', () => {
  const { trial, notes } = readTrial({ csv: experiment(300), ...columns });
  const quoted = experiment(300)
    .split('\r\n')
    .map((line) => `'${line.replaceAll(';', "';'")}'`)
    .join('\r\n');
  assert.deepEqual(readTrial({ csv: quoted, ...columns }).trial.columns, trial.columns);
  assert.deepEqual(trial.names, ['age', 'region']);
  assert.deepEqual(trial.categories, ['region']);
  assert.equal(trial.treatment.length, 300);
  assert.ok(trial.treatment.every((arm) => arm === 0 || arm === 1) && trial.treatment.includes(1));
  assert.deepEqual([...new Set(trial.columns[1])].sort(), [0, 1, 2]);
  assert.match(notes.join(), /customer_id is left out: it is an id/);
});

test('what is wrong with a table is named by field and row', () => {
  const refuse = (csv: string, code: string, said: RegExp, change: object = {}): void =>
    assert.throws(
      () => readTrial({ csv, ...columns, ...change }),
      (error: { code: string; message: string }) => error.code === code && said.test(error.message),
    );
  refuse('  ', 'empty_file', /no header/);
  refuse(experiment(5), 'missing_column', /"cupon"/, { treatment: 'cupon' });
  refuse(experiment(5), 'missing_column', /"gone"/, { ignore: ['gone'] });
  refuse('coupon,bought,x\n1,0,a\nmaybe,1,b\n', 'invalid_training_data', /treatment: row 2 is "maybe"/);
  refuse('coupon,bought,x\n1,0,a\n0,lots,b\n', 'invalid_training_data', /outcome: row 2 is "lots"/);
});

async function api(t: Parameters<typeof scratch>[0], clock = () => start) {
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir), clock });
  const marketing = await openMarketing(engine, { dir });
  const app = await createServer(engine, { marketing, dir });
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  const ask = (body: object) => app.inject({ method: 'POST', url: '/v1/marketing/uplift', payload: body });
  return { engine, marketing, ask };
}

test('the route says who is moved, and nobody where the treatment is shuffled; one at a time', async (t) => {
  const { ask } = await api(t);
  const csv = experiment(1_000);
  const first = ask({ csv, ...columns, scores: true });
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal((await ask({ csv, ...columns })).statusCode, 429, 'one at a time');
  const found = (await first).json();
  assert.notEqual(found.report.chosen, 'none');
  assert.ok(found.report.effect.low > 0);
  assert.equal(found.scores.length, 1_000);
  const ages = readTrial({ csv, ...columns }).trial.columns[0]!;
  const mean = (young: boolean): number => {
    const some = found.scores.filter((_: number, row: number) => ages[row]! < 40 === young);
    return some.reduce((sum: number, one: number) => sum + one, 0) / some.length;
  };
  assert.ok(mean(true) > mean(false) + 0.2, `${mean(true)}, ${mean(false)}`);
  const nothing = experiment(1_000, { moved: 0, seed: 2 });
  const none = (await ask({ csv: nothing, ...columns, scores: true })).json();
  assert.match(none.said, /^No uplift found/);
  assert.ok(
    none.scores.every((score: number) => score === 0),
    'nobody is ranked before another',
  );
});

test('an empty arm, and arms that the columns tell apart, are said', async (t) => {
  const { ask } = await api(t);
  const all = experiment(500).replaceAll(';no;', ';yes;');
  const empty = (await ask({ csv: all, ...columns })).json();
  assert.equal(empty.code, 'invalid_training_data');
  assert.match(empty.detail, /the control arm has 0 rows/);
  const told = experiment(500).replaceAll(/(\d+);(north|south|北京);(yes|no);/g, (_, age, __, arm) => {
    return `${age};${arm === 'yes' ? 'north' : 'south'};${arm};`;
  });
  for (const known of [{}, { propensity: 0.5 }]) {
    const { detail, errors } = (await ask({ csv: told, ...columns, ...known })).json();
    assert.match(detail, /told by the columns \(by region above all\)/);
    assert.equal(errors[0].field, 'treatment');
  }
  assert.equal((await ask({ csv: all })).json().errors[0].field, 'treatment');
  assert.equal((await ask({ offer: 'gone' })).statusCode, 404);
});

test('an offer of the shop is an experiment by its holdout, and a page shows it', async (t) => {
  let now = start;
  const chance = random(4);
  const { engine, marketing, ask } = await api(t, () => now);
  const items = [{ id: 'phone', price: 50 }];
  await engine.catalogue.put([{ id: 'phone', title: 'Phone', price: 50 }]);
  await marketing.putOffer({
    id: 'spring',
    name: 'Spring',
    kind: 'coupon',
    items: ['phone'],
    discounts: [0.1],
    holdout: 0.4,
    explore: 0,
    budget: 1e6,
    end: start + 90 * day,
  });
  now += day;
  const users = Array.from({ length: 600 }, (_, at) => `u${at}`);
  const given = await Promise.all(users.map((user) => marketing.offersFor(user, 1)));
  now += 1_000;
  const bought = users.flatMap((user, at): Event[] => {
    if (chance.float() > (given[at]!.length > 0 ? 0.5 : 0.1)) return [];
    return [{ id: `p${at}`, type: 'purchase', user, items, time: now }];
  });
  await engine.ingest(bought);
  now += 8 * day;
  const answer = await ask({ offer: 'spring' });
  assert.equal(answer.statusCode, 200, answer.body);
  const { report, increment } = answer.json();
  assert.equal(report.rows, 600);
  assert.ok(Math.abs(report.treatedShare - 0.6) < 0.06);
  assert.ok(report.effect.low > 0.2 && report.effect.high < 0.6, JSON.stringify(report.effect));
  assert.match(increment, /^Over \d+ treated: /);
  const page = await ask({ offer: 'spring', page: true });
  assert.match(String(page.headers['content-type']), /html/);
  assert.ok(page.body.includes('<svg') && !page.body.includes('<script'));
});
