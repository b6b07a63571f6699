import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, silent } from '../../src/core/index.js';
import { invertSpd } from '../../src/math/index.js';
import {
  algorithms,
  biasedMf,
  ease,
  gru4rec,
  item2Vec,
  itemKnn,
  type Model,
  nextItNet,
  popularity,
  type Query,
  type Recommender,
  sasrec,
  sessionKnn,
  twoTower,
} from '../../src/models/index.js';
import { dataset, query, twoTastes } from './support.js';

const day = 86_400_000;
const lists = twoTastes(120);
const data = dataset(lists);
const small = {
  epochs: 30,
  width: 16,
  blocks: 1,
  length: 8,
  dropout: 0,
  batch: 256,
  learningRate: 0.01,
  patience: 30,
  heldOut: 0,
};
const quick: Record<string, Record<string, number>> = {
  sasrec: small,
  gru4rec: small,
  nextItNet: small,
  neuMf: { epochs: 40, width: 16, batch: 64, learningRate: 0.01 },
  mlp: { epochs: 40, width: 16, batch: 64, learningRate: 0.01, dropout: 0 },
  sessionKnn: { gap: 1e9 },
  item2Vec: { epochs: 60, dimension: 16, negatives: 3, subsample: 0, recencyHalfLife: 3 },
  twoTower: { ...small, temperature: 0.2, negatives: 20 },
  multVae: { epochs: 60, hidden: 32, latent: 8, dropout: 0.2, batch: 32 },
};
// Popularity knows no person, titles need entries, blends more data, bayesianMf ratings: they have tests of their own.
const personal = algorithms.filter(
  ({ name }) =>
    ![
      'popularity',
      'titles',
      'blend',
      'deepBlend',
      'sessionBlend',
      'nextBlend',
      'titleBlend',
      'tasteBlend',
      'bayesianMf',
    ].includes(name),
);

function fit(
  algorithm: Recommender,
  over: Record<string, number | string | boolean> = {},
  on = data,
): Promise<Model> {
  return algorithm.fit(on, { ...algorithm.defaults, ...quick[algorithm.name], ...over, seed: 1 }, silent);
}

function near(found: number, wanted: number, what: string): void {
  assert.ok(
    Math.abs(found - wanted) <= 1e-4 * Math.max(1, Math.abs(wanted)),
    `${what}: ${found}, not ${wanted}`,
  );
}

async function scores(model: Model, ids: string[]): Promise<Float32Array> {
  const out = new Float32Array(model.items.size);
  await model.scoreAll([query(ids)], out);
  return out;
}

for (const algorithm of personal) {
  test(`${algorithm.name}: learns who likes what, serves strangers, is saved and loaded as it is`, async () => {
    const model = await fit(algorithm);
    const seen = ['i00', 'i02', 'i04'];
    const { rows } = await model.retrieve(query(seen), 4, (row) => !seen.includes(model.items.ids[row]!));
    const own = Array.from(rows, (row) => Number(model.items.ids[row]!.slice(1)) % 2 === 0);
    // A model of what comes next is sure of the next two only.
    assert.ok(own[0] && own[1], `${Array.from(rows, (row) => model.items.ids[row])}`);

    const first = await scores(model, seen);
    const top = (await model.retrieve(query(seen), 1, () => true)).rows[0]!;
    assert.equal(first[top], Math.max(...first), 'retrieve and scoreAll agree');

    const again = await algorithm.load(model.save());
    assert.deepEqual(await scores(again, seen), first);
    assert.deepEqual(await scores(await fit(algorithm), seen), first, 'same seed, same model');

    assert.equal((await model.retrieve(query([]), 3, () => true)).rows.length <= 3, true);
    const strange = await scores(model, ['never-seen', '__proto__']);
    assert.ok(strange.every(Number.isFinite), 'unknown items are ignored');

    const few = Uint32Array.of(5, top, 0);
    const asked = query(seen);
    const some = Float32Array.from(await model.score(asked, few));
    few.forEach((row, at) => {
      near(some[at]!, first[row]!, `score and scoreAll agree on row ${row}`);
    });
    const moments = await model.moments?.(asked);
    if (moments) {
      const mean = first.reduce((sum, score) => sum + score, 0) / first.length;
      const square = first.reduce((sum, score) => sum + (score - mean) ** 2, 0) / first.length;
      near(moments.mean, mean, 'the mean of all scores');
      near(moments.deviation, Math.sqrt(square), 'their deviation');
    }
    const shares = model.attribute?.(query(seen), Uint32Array.of(top, 0));
    if (shares)
      assert.deepEqual(
        shares.map(({ length }) => length),
        [seen.length, seen.length],
      );
  });
}

for (const algorithm of [sasrec, gru4rec, nextItNet, twoTower]) {
  test(`${algorithm.name}: what comes next follows from the order`, async () => {
    const model = await fit(algorithm);
    for (const [ids, next] of [
      [['i02', 'i04'], 'i06'],
      [['i05', 'i07', 'i09'], 'i11'],
    ] as const) {
      const { rows } = await model.retrieve(
        query(ids),
        1,
        (row) => !(ids as readonly string[]).includes(model.items.ids[row]!),
      );
      assert.equal(model.items.ids[rows[0]!], next);
    }
  });

  test(`${algorithm.name}: sampled softmax learns it too`, async () => {
    const model = await fit(algorithm, { negatives: 8, temperature: 0.2 });
    const { rows } = await model.retrieve(
      query(['i02', 'i04']),
      1,
      (row) => !['i02', 'i04'].includes(model.items.ids[row]!),
    );
    assert.equal(model.items.ids[rows[0]!], 'i06');
  });
}

for (const algorithm of [sasrec, twoTower, item2Vec]) {
  test(`${algorithm.name}: data that teaches nothing is refused in words`, async () => {
    const refused = (error: unknown): boolean =>
      error instanceof EndcapError &&
      error.code === 'too_little_data' &&
      error.message.includes(algorithm.name);
    await assert.rejects(fit(algorithm, {}, dataset([])), refused);
    await assert.rejects(fit(algorithm, {}, dataset([['a', 'a']])), refused);
    await assert.rejects(fit(algorithm, {}, dataset([['a'], ['a', 'a', 'a']])), refused);
    await assert.rejects(fit(algorithm, {}, dataset([['a'], ['b']])), refused);
  });
}

test('one shopper, one item or all the same: classics answer something finite', async () => {
  for (const lists of [[['a']], [['a', 'a', 'a']], [['a', 'b']], [['a'], ['a'], ['a']]]) {
    for (const algorithm of [popularity, itemKnn, ease, biasedMf]) {
      const found = await scores(await fit(algorithm, {}, dataset(lists)), ['a']);
      assert.ok(found.every(Number.isFinite), `${algorithm.name} on ${JSON.stringify(lists)}: ${found}`);
    }
  }
});

test('popularity halves with its half-life', async () => {
  // Item a on days 0 and 2, b on day 2; the newest interaction is on day 2.
  const model = await fit(
    popularity,
    { halfLifeDays: 2 },
    dataset([
      ['a', 'c', 'a'],
      ['c', 'c', 'b'],
    ]),
  );
  const [a, b] = await scores(model, []);
  assert.ok(Math.abs(a! - (2 ** -1 + 1)) < 1e-6, String(a));
  assert.equal(b, 1);
  assert.equal(data.time[1]! - data.time[0]!, day);
});

test('item-kNN is the cosine with shrinkage', async () => {
  const on = dataset([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'c'],
  ]);
  const model = await fit(itemKnn, { shrink: 1 }, on);
  const found = await scores(model, ['a']);
  assert.ok(Math.abs(found[1]! - 2 / (Math.sqrt(3 * 2) + 1)) < 1e-6);
  assert.ok(Math.abs(found[2]! - 1 / (Math.sqrt(3 * 1) + 1)) < 1e-6);
});

test('the shares of a score are of the shopper asked for, whoever was asked for before, and add up to it', async () => {
  const model = await itemKnn.fit(
    dataset(twoTastes(40)),
    { ...itemKnn.defaults, recencyHalfLife: 2, seed: 1 },
    silent,
  );
  const targets = Uint32Array.of(7, 2, 12);
  const sums = (of: Query): number[] =>
    model.attribute!(of, targets).map((shares) => shares.reduce((sum, share) => sum + share, 0));
  const [even, odd] = [query(['i00', 'i02', 'i04', 'i02']), query(['i01', 'i05'])];
  for (const [asked, of] of [
    [even, even],
    [odd, even],
    [odd, odd],
  ] as const) {
    await model.retrieve(asked, 5, () => true);
    const found = sums(of);
    const scores = await model.score(of, targets);
    for (const [at, sum] of found.entries()) assert.ok(Math.abs(sum - scores[at]!) < 1e-5, `${sum}`);
  }
});

test('EASE with a half-life halves what is that old', async () => {
  // Item b was touched a day, one half-life, before c in the same basket of tastes.
  const on = dataset([
    ['a', 'b'],
    ['b', 'a', 'c'],
  ]);
  const plain = await scores(await fit(ease, { lambda: 1 }, on), ['c']);
  const aged = await scores(await fit(ease, { lambda: 1, halfLifeDays: 1 }, on), ['c']);
  // In the second basket a is a day younger than b: of the two it goes with c the more the faster things age.
  const [a, b] = [on.items.row('a'), on.items.row('b')];
  assert.ok(aged[a]! - aged[b]! > plain[a]! - plain[b]!, `${aged} against ${plain}`);
});

test('sessionKnn: sessions like this one vote, the newer event and the nearer item count more', async () => {
  const on = dataset([
    ['a', 'b', 'c', 'd'],
    ['a', 'b', 'c', 'd'],
    ['x', 'y', 'z', 'w'],
    ['p', 'q', 'r', 's'],
  ]);
  const model = await fit(sessionKnn, { gap: 1e9 }, on);
  const found = await scores(model, ['x', 'b']);
  const score = (id: string): number => found[model.items.row(id)]!;
  assert.ok(score('c') > score('d'), 'nearer');
  assert.ok(score('c') > score('y'), 'of the newer event');
  assert.ok(score('y') > 0);
  assert.equal(score('q'), 0, 'nothing in common');
  const cut = await fit(sessionKnn, { gap: 60 }, on);
  assert.ok(
    (await scores(cut, ['a'])).every((value) => value === 0),
    'a day apart is no session',
  );
});

test('EASE counts ratings by their strength, and keeps what repels when told', async () => {
  const lists = [
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'c'],
    ['b', 'd'],
    ['c', 'd'],
  ];
  const on = dataset(
    lists,
    lists.map((list, user) => list.map(() => (user < 2 ? 5 : 1))),
  );
  const options = { lambda: 0.5, rated: true };
  const model = await fit(ease, options, on);
  const one = async (value: number): Promise<Float32Array> => {
    const out = new Float32Array(on.items.size);
    await model.scoreAll([query(['a'], [value])], out);
    return out;
  };
  const [low, high] = [await one(1), await one(5)];
  const b = on.items.row('b');
  assert.ok(low[b]! > 0 && Math.abs(high[b]! / low[b]! - 5) < 1e-4, `${low[b]}, ${high[b]}`);
  const unrated = await scores(model, ['a']);
  // The mean rating is 2.6.
  assert.ok(Math.abs(unrated[b]! / low[b]! - 2.6) < 1e-4, 'a view counts like a rating in the middle');

  const signed = await fit(ease, { ...options, signed: true }, on);
  const all = await scores(signed, ['a']);
  assert.ok(Math.min(...all) < 0 && Math.min(...unrated) === 0);
  const near = signed.neighbours!(on.items.row('a'), 9);
  assert.ok(near.rows.length > 0 && near.scores.every((score) => score > 0), 'what repels is no neighbour');
  assert.deepEqual(await scores(await ease.load(signed.save()), ['a']), all);
});

test('EASE is what the formula says', async () => {
  const on = dataset([
    ['a', 'b'],
    ['a', 'b', 'c'],
    ['b', 'c'],
    ['c', 'd'],
    ['a', 'd'],
  ]);
  const n = on.items.size;
  const gram = new Float32Array(n * n);
  for (let user = 0; user + 1 < on.start.length; user++) {
    const rows = on.item.subarray(on.start[user], on.start[user + 1]);
    for (const i of rows) for (const j of rows) gram[i * n + j]!++;
  }
  for (let i = 0; i < n; i++) gram[i * n + i]! += 0.5;
  invertSpd(gram, n);
  const model = await fit(ease, { lambda: 0.5 }, on);
  const found = await scores(model, ['a']);
  for (let j = 1; j < n; j++) {
    const expected = Math.max(0, -gram[j]! / gram[j * n + j]!);
    assert.ok(Math.abs(found[j]! - expected) < 1e-4, `${on.items.ids[j]}: ${found[j]}, not ${expected}`);
  }
  assert.equal(found[0], 0, 'an item says nothing of itself');
});

test('biased MF: ratings are predicted better than by the mean, and α and β change them', async () => {
  const shoppers = twoTastes(80);
  const items = [...new Set(shoppers.flat())].sort();
  const lists = shoppers.map((_, user) => items.filter((_, at) => (at + user) % 3 !== 0));
  const value = (user: number, id: string): number =>
    (Number(id.slice(1)) % 2 === user % 2 ? 5 : 1) * 0.9 + 0.3;
  const on = dataset(
    lists,
    lists.map((list, user) => list.map((id) => value(user, id))),
  );
  const options = { loss: 'mse', factors: 4, epochs: 60, learningRate: 0.02, decay: 0.02 };
  const model = await fit(biasedMf, options, on);
  const asked = query(
    lists[0]!,
    lists[0]!.map((id) => value(0, id)),
  );
  const hidden = items.filter((id) => !lists[0]!.includes(id));
  const error =
    hidden.reduce(
      (sum, id) => sum + Math.abs(model.predictRating!(asked, on.items.row(id)) - value(0, id)),
      0,
    ) / hidden.length;
  assert.ok(error < 0.9, `mean error ${error}; the mean alone has 1.8`);
  const rate = async (over: object): Promise<number> => {
    const other = await fit(biasedMf, { ...options, ...over }, on);
    return other.predictRating!(asked, on.items.row(hidden[0]!));
  };
  const plain = await rate({ implicit: false, drift: false });
  assert.notEqual(plain, await rate({ implicit: true, drift: false }), 'β');
  assert.notEqual(plain, await rate({ implicit: false, drift: true }), 'α');
});
