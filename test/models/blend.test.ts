import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, silent } from '../../src/core/index.js';
import { blendAlgorithm, type Member } from '../../src/models/blend/algorithm.js';
import { holdOutLast, holdOutNew, holdOutShare, holdOutTime } from '../../src/models/blend/holdOut.js';
import { learnWeights } from '../../src/models/blend/weights.js';
import { itemKnn, type Model, popularity, type Recommender } from '../../src/models/index.js';
import { dataset, query, twoTastes } from './support.js';

const data = dataset(twoTastes(120));
const members: Member[] = [
  { name: 'popularity', recommender: popularity as unknown as Recommender, options: { halfLifeDays: 30 } },
  { name: 'itemKnn', recommender: itemKnn as unknown as Recommender, options: {} },
];
const told: Parameters<typeof blendAlgorithm>[0] = {
  name: 'testBlend',
  source: 'test',
  defaults: {},
  members,
  holdOut: (all, { seed }) => holdOutLast(all, seed),
  refit: false,
};
const algorithm = blendAlgorithm(told);

async function scores(model: Model, ids: string[]): Promise<Float32Array> {
  const out = new Float32Array(model.items.size);
  await model.scoreAll([query(ids)], out);
  return out;
}

test('a blend learns that taste adds to popularity, and is loaded as it was saved', async () => {
  const model = await algorithm.fit(data, { seed: 1 }, silent);
  const seen = ['i00', 'i02', 'i04'];
  const { rows } = await model.retrieve(query(seen), 3, (row) => !seen.includes(model.items.ids[row]!));
  for (const row of rows) assert.equal(Number(model.items.ids[row]!.slice(1)) % 2, 0, model.items.ids[row]);
  const again = await algorithm.load(model.save());
  assert.deepEqual(await scores(again, seen), await scores(model, seen));
});

test('a member for other data is neither trained nor loaded', async () => {
  const titled: Member = {
    name: 'titled',
    recommender: {
      ...(popularity as unknown as Recommender),
      fit: () => assert.fail('trained'),
      load: () => assert.fail('loaded'),
    },
    options: {},
    when: ({ catalogue }) => catalogue !== undefined,
  };
  const some = blendAlgorithm({ ...told, members: [members[0]!, titled, members[1]!] });
  const model = await some.fit(data, { seed: 1 }, silent);
  const known = await algorithm.fit(data, { seed: 1 }, silent);
  const seen = ['i00', 'i02'];
  assert.deepEqual(await scores(model, seen), await scores(known, seen));
  assert.deepEqual(await scores(await some.load(model.save()), seen), await scores(known, seen));
  const withCatalogue = { ...data, catalogue: data.items.ids.map((id) => ({ id })) };
  await assert.rejects(some.fit(withCatalogue, { seed: 1 }, silent), /trained/);
});

test('a member that says the opposite of the truth gets a negative weight', async () => {
  const { cases, past } = holdOutLast(data, 1);
  const knn = await itemKnn.fit(past, { ...itemKnn.defaults, seed: 1 }, silent);
  const noise: Model = {
    ...knn,
    async scoreAll(queries, out) {
      // All alike but for the targets, which it rates worst.
      out.fill(1);
      queries.forEach(({ profile }, at) => {
        const own = cases.find((each) => each.query.profile === profile);
        for (const target of own?.targets ?? []) out[at * knn.items.size + target] = 0;
      });
    },
  };
  const [first, second] = await learnWeights([knn, noise], cases);
  assert.equal(first, 1);
  assert.ok(second! < 0, String(second));
});

test('what is held out is not in the past, and all the rest is', () => {
  const last = holdOutLast(data, 1);
  assert.equal(last.past.item.length, data.item.length - last.cases.length);
  const fresh = holdOutNew(data, 50, 1);
  assert.equal(fresh.past.item.length, data.item.length - 50);
  assert.ok(fresh.cases.length > 0);
  for (const { query: asked, targets, hidden } of fresh.cases) {
    assert.equal(hidden.size, new Set(asked.profile.events.map(({ item }) => item)).size);
    for (const target of targets) assert.ok(!hidden.has(target), 'only what is new');
  }
  const share = holdOutShare(data, 1);
  assert.equal(share.cases.length, data.users.size);
  assert.equal(share.past.item.length, data.item.length - data.users.size, 'one of six is held out');
  for (const { targets, hidden } of share.cases) {
    assert.equal(targets.size, 1);
    for (const target of targets) assert.ok(!hidden.has(target), 'only what is new');
  }
  const cut = [...data.time].sort((a, b) => a - b)[Math.floor(data.time.length / 2)]!;
  const { past, cases } = holdOutTime(data, cut);
  assert.ok(cases.length > 0);
  assert.equal(past.item.length, data.time.filter((time) => time < cut).length);
  assert.ok(past.time.every((time) => time < cut));
  assert.equal(past.start.at(-1), past.item.length);
  for (const { query: asked, targets, hidden } of cases) {
    assert.ok(asked.profile.events.every(({ time }) => time < cut));
    for (const target of targets) assert.ok(!hidden.has(target), 'only what is new');
  }
});

test('nothing to learn weights on is said in words', async () => {
  const refused = (error: unknown): boolean =>
    error instanceof EndcapError && error.code === 'too_little_data';
  await assert.rejects(algorithm.fit(dataset([['a']]), { seed: 1 }, silent), refused);
});
