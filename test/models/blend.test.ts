import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EndcapError, type Progress, silent, Vocabulary } from '../../src/core/index.js';
import { blendAlgorithm, type Member } from '../../src/models/blend/algorithm.js';
import {
  holdOutLast,
  holdOutNew,
  holdOutShare,
  holdOutTime,
  holdOutVisits,
} from '../../src/models/blend/holdOut.js';
import { lastDays } from '../../src/models/blend/index.js';
import { learnWeights } from '../../src/models/blend/weights.js';
import {
  blend,
  type Dataset,
  defaultAlgorithms,
  defaultAlgorithmsFor,
  itemKnn,
  type Model,
  nextBlend,
  popularity,
  tasteBlend,
  titleBlend,
  titles,
  unpackModel,
} from '../../src/models/index.js';
import { dataset, query, twoTastes } from './support.js';

const data = dataset(twoTastes(120));
const members: Member[] = [
  { name: 'popularity', recommender: popularity, options: { halfLifeDays: 30 } },
  { name: 'itemKnn', recommender: itemKnn, options: {} },
];
const told: Parameters<typeof blendAlgorithm>[0] = {
  name: 'testBlend',
  source: 'test',
  defaults: {},
  members,
  holdOut: (all, { seed }) => holdOutLast(all, seed),
  refit: 'never',
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
      ...popularity,
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
  const { cases: some, past } = holdOutLast(data, 1);
  // So many that it is no accident.
  const cases = Array.from({ length: 40 }, () => some).flat();
  const knn = await itemKnn.fit(past, { ...itemKnn.defaults, seed: 1 }, silent);
  const { moments: _, ...known } = knn;
  const noise: Model = {
    ...known,
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
  const [, onFew] = await learnWeights([knn, noise], some);
  assert.equal(onFew, 0, 'a few cases are too few to say that an algorithm is wrong');
  const terms = [
    { member: 0, rare: false },
    { member: 1, rare: true },
  ];
  const rarity = new Float32Array(knn.items.size).fill(1);
  const [, whereRare] = await learnWeights([knn, noise], cases, terms, rarity);
  assert.equal(whereRare, 0, 'what came next was seldom rare: it cannot say that reading is wrong there');
});

test('weights are learned on time where many or half of the shoppers come back in it, else on last visits', () => {
  const lessonOf = (shoppers: number, back: number) => {
    const lists = Array.from({ length: shoppers }, (_, user) =>
      user < back ? ['a', 'b', 'c', 'd', `e${user}`] : ['a', 'b'],
    );
    return lastDays(dataset(lists), { days: 1, seed: 1 });
  };
  // Days 0 to 4: who comes back is there on the last one, and what they want is new to them.
  const overTime = (shoppers: number, back: number): boolean =>
    lessonOf(shoppers, back).past.until === 3 * 86_400_000;
  assert.equal(overTime(30, 15), true, 'half of a small shop');
  assert.equal(overTime(30, 14), false);
  assert.equal(overTime(600, 200), true, 'enough of a large one');
  assert.equal(overTime(600, 199), false);
  assert.ok(lessonOf(600, 199).cases.length > 199);
});

test('the last visit is held out whole, of shoppers who came twice', () => {
  const twice = dataset([['a', 'b', 'c', 'b', 'd'], ['a', 'b'], ['e']]);
  const time = Float64Array.from([0, 0, 1, 1, 1, 2, 2, 3]);
  const { past, cases } = holdOutVisits({ ...twice, time }, 10, 1);
  assert.equal(cases.length, 1, 'who came once has no visit to hold out');
  const { query: asked, targets } = cases[0]!;
  assert.deepEqual(
    asked.profile.events.map(({ item }) => item),
    ['a', 'b'],
  );
  assert.deepEqual(
    [...targets].map((row) => twice.items.ids[row]),
    ['c', 'd'],
    'b is not new',
  );
  assert.equal(past.item.length, 5);
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

test('a blend scores given rows as it scores all, and its best are the best of all', async () => {
  const model = await algorithm.fit(data, { seed: 1 }, silent);
  const ids = ['i01', 'i03'];
  const all = await scores(model, ids);
  const rows = Uint32Array.of(7, 0, 12);
  const some = await model.score(query(ids), rows);
  rows.forEach((row, at) => {
    assert.ok(Math.abs(some[at]! - all[row]!) < 1e-4, `${some[at]} for ${all[row]}`);
  });
  const [best] = (await model.retrieve(query(ids), 1, () => true)).rows;
  assert.equal(all[best!], Math.max(...all));
});

/** A member that does not find its best cheaply; `tell` hears of the rows that it scores. */
function dearMember(tell: (rows: Uint32Array) => void = () => {}): Member {
  const recommender: Member['recommender'] = {
    ...itemKnn,
    async fit(on, options, progress) {
      const { cheap: _, ...knn } = await itemKnn.fit(on, options, progress);
      const score: Model['score'] = (asked, rows) => {
        tell(rows);
        return knn.score(asked, rows);
      };
      return { ...knn, score };
    },
  };
  return { name: 'dear', recommender, options: {} };
}

test('a member that is dear scores the candidates of the cheap ones only', async () => {
  let scored = 0;
  const dear = dearMember((rows) => {
    scored += rows.length;
  });
  const model = await blendAlgorithm({ ...told, members: [members[0]!, dear] }).fit(
    data,
    { seed: 1 },
    silent,
  );
  const seen = ['i00', 'i02', 'i04'];
  const all = await scores(model, seen);
  scored = 0;
  const allowed = [6, 8, 11, 13];
  const { rows, scores: found } = await model.retrieve(query(seen), 2, (row) => allowed.includes(row));
  assert.equal(scored, allowed.length, 'what is not allowed is not scored');
  const best = allowed.toSorted((x, y) => all[y]! - all[x]!).slice(0, 2);
  assert.deepEqual([...rows], best);
  assert.ok(Math.abs(found[0]! - all[best[0]!]!) < 1e-4);
});

test('the member that counts most names candidates, dear or not', async () => {
  const dear = dearMember();
  // More items than the cheap member names: what everyone has fills its list.
  const lists = Array.from({ length: 120 }, (_, user) => [
    `p${user}`,
    'all',
    `a${user % 40}`,
    `b${user % 40}`,
  ]);
  const fit = (some: readonly Member[]): Promise<Model> =>
    blendAlgorithm({ ...told, members: some }).fit(dataset(lists), { seed: 1 }, silent);
  const model = await fit([members[0]!, dear]);
  const all = await scores(model, ['a7']);
  const rows = Array.from(all.keys()).filter((row) => !['a7', 'all'].includes(model.items.ids[row]!));
  const wanted = rows.reduce((best, row) => (all[row]! > all[best]! ? row : best));
  assert.equal(model.items.ids[wanted], 'b7');
  let asked = 0;
  const { rows: found } = await model.retrieve(query(['a7']), 1, (row) => {
    asked++;
    return rows.includes(row);
  });
  assert.ok(asked > 0);
  assert.equal(found[0], wanted);
});

test('only a blend that asks for it knows what nobody touched, at the place where rare items count most', async () => {
  const lists = Array.from({ length: 60 }, (_, user) => ['common', 'usual', `a${user}`, `b${user}`]);
  const some = dataset(lists);
  const titleOf = (id: string): string => (/^[ab]/.test(id) ? `thing${id.slice(1)} of a kind` : id);
  const catalogue = some.items.ids.map((id) => ({ id, title: titleOf(id) }));
  const untouched = [{ id: 'new', title: 'thing7 of a kind' }];
  const reading: Member = { name: 'titles', recommender: titles, options: {}, reads: true };
  const fit = (more: object): Promise<Model> =>
    blendAlgorithm({ ...told, ...more, members: [members[0]!, reading] }).fit(
      { ...some, catalogue, untouched },
      { seed: 1 },
      silent,
    );
  const without = await fit({});
  assert.equal(without.items.row('new'), -1);
  assert.equal((await scores(without, ['a7'])).length, some.items.size);
  const model = await fit({ untouched: true });
  const { rows } = await model.retrieve(query(['a7']), 2, (row) => model.items.ids[row] !== 'a7');
  assert.deepEqual(Array.from(rows, (row) => model.items.ids[row]).sort(), ['b7', 'new']);
});

test('what nobody touched does not teach that it will never be wanted', async () => {
  const lists = Array.from({ length: 60 }, (_, user) => ['common', 'usual', `a${user}`, `b${user}`]);
  const some = dataset(lists);
  const titleOf = (id: string): string =>
    /^[ab]/.test(id) ? `thing${id.slice(1)} of a kind${id[0] === 'b' ? ' in blue' : ''}` : id;
  const catalogue = some.items.ids.map((id) => ({ id, title: titleOf(id) }));
  // More like what was touched than what came next is.
  const untouched = lists.flatMap((_, user) =>
    Array.from({ length: 25 }, (__, copy) => ({ id: `n${user}-${copy}`, title: titleOf(`a${user}`) })),
  );
  const reading: Member = { name: 'titles', recommender: titles, options: {}, reads: true };
  const blends = blendAlgorithm({ ...told, members: [members[0]!, reading], untouched: true });
  const model = await blends.fit({ ...some, catalogue, untouched }, { seed: 1 }, silent);
  const { rows } = await model.retrieve(query(['a7']), 26, (row) => model.items.ids[row] !== 'a7');
  const best = Array.from(rows, (row) => model.items.ids[row]!);
  assert.ok(
    best.slice(0, 25).every((id) => id.startsWith('n7-')),
    best.join(' '),
  );
  assert.equal(best[25], 'b7');
});

test('a large catalogue with titles and few events an item is read by default; others are not', () => {
  const shop = (items: number, events: number, titled: boolean) => ({
    ...data,
    items: new Vocabulary(Array.from({ length: items }, (_, at) => `i${at}`)),
    item: new Uint32Array(events),
    catalogue: Array.from({ length: items }, (_, at) => ({
      id: `i${at}`,
      ...(titled ? { title: 'tea' } : {}),
    })),
  });
  const names = (of: Dataset, budget?: number): string[] =>
    defaultAlgorithmsFor(of, budget).map(({ name }) => name);
  const readable = shop(7_000, 70_000, true);
  assert.deepEqual(names(readable, 120).slice(-2), ['blend', 'titleBlend']);
  // With time enough, or without a budget, the other families have their turn after it.
  for (const budget of [1_200, undefined])
    assert.deepEqual(names(readable, budget).slice(-3), ['titleBlend', 'ease', 'ials']);
  for (const other of [shop(5_000, 50_000, true), shop(7_000, 700_000, true), shop(7_000, 70_000, false)])
    assert.deepEqual(
      names(other),
      defaultAlgorithms.map(({ name }) => name),
    );
});

test('what reads entries counts where an item is rare, and a member that adds nothing is left out', async () => {
  // Everyone touches two common items; the last one is a rare one, like the one before by its title alone.
  const lists = Array.from({ length: 60 }, (_, user) => ['common', 'usual', `a${user}`, `b${user}`]);
  const some = dataset(lists);
  const catalogue = some.items.ids.map((id) => ({
    id,
    title: /^[ab]/.test(id) ? `thing${id.slice(1)} of a kind` : id,
  }));
  const reading: Member = { name: 'titles', recommender: titles, options: {}, reads: true };
  const blends = blendAlgorithm({ ...told, members: [members[0]!, reading, members[1]!] });
  const model = await blends.fit({ ...some, catalogue }, { seed: 1 }, silent);
  assert.deepEqual(Object.keys(model.save()).sort(), ['model.bin', 'titles.model.bin']);
  const { rows } = await model.retrieve(query(['a7']), 1, (row) => model.items.ids[row] !== 'a7');
  assert.equal(model.items.ids[rows[0]!], 'b7');
});

test('nothing to learn weights on is said in words', async () => {
  const refused = (error: unknown): boolean =>
    error instanceof EndcapError && error.code === 'too_little_data';
  await assert.rejects(algorithm.fit(dataset([['a']]), { seed: 1 }, silent), refused);
});

test('a large catalogue is blended without what takes minutes to fit', () => {
  const ease = blend.members.find(({ name }) => name === 'ease')!;
  const ofSize = (size: number): boolean =>
    ease.when!({ ...data, items: new Vocabulary(Array.from({ length: size }, (_, at) => `i${at}`)) });
  assert.ok(ofSize(4_000));
  assert.ok(!ofSize(12_000));
});

test('what leads by every weight is learned from the places of the right ones alone', async () => {
  const { cases, past } = holdOutLast(data, 1);
  const knn = await itemKnn.fit(past, { ...itemKnn.defaults, seed: 1 }, silent);
  const popular = await popularity.fit(past, { halfLifeDays: 30, seed: 1 }, silent);
  // Nothing of a case that no member finds can be learned: it is missed whatever the weights.
  const lost = cases.map((one) => ({ ...one, targets: new Set([data.items.size + 1]) }));
  assert.deepEqual(
    await learnWeights([popular, knn], [...cases, ...lost]),
    await learnWeights([popular, knn], cases),
  );
  const [, taste] = await learnWeights([popular, knn], cases);
  assert.ok(taste! > 0);
});

test('a blend goes on from a former fit: its weights, its members fitted on everything', async () => {
  let lessons = 0;
  const counted = blendAlgorithm({
    ...told,
    holdOut: (all, options) => {
      lessons++;
      return told.holdOut(all, options);
    },
  });
  const before = await counted.fit(data, { seed: 1 }, silent);
  const newer = dataset([...twoTastes(120), ['new', 'i00'], ['i00', 'new'], ['new', 'i00']]);
  const former = { files: before.save(), until: data.until };
  const model = await counted.fit(newer, { seed: 1 }, silent, former);
  assert.equal(lessons, 1, 'nothing is held out again');
  const termsOf = ({ save }: Model): unknown => unpackModel<{ terms: unknown }>(save()).terms;
  assert.deepEqual(termsOf(model), termsOf(before));
  const { rows } = await model.retrieve(query(['new']), 1, (row) => model.items.ids[row] !== 'new');
  assert.equal(model.items.ids[rows[0]!], 'i00', 'it knows what came since');
  // Only where all that learns in epochs goes on, too, is a later fit a short one.
  assert.deepEqual(
    [titleBlend, nextBlend, tasteBlend, blend].map(({ goesOn }) => goesOn),
    [true, true, undefined, undefined],
  );
});

test('a blend whose members can go on comes to know what was held out, by the weights it learned without it', async () => {
  // Some items are in nothing but an event that is held out.
  const last = dataset(
    twoTastes(120).map((list, user) => (user % 10 === 7 ? [...list, `last${user}`] : list)),
  );
  const everybody: typeof told.holdOut = (all, { seed }) => holdOutNew(all, 120, seed);
  const fit = (refit: typeof told.refit, progress: Progress = silent): Promise<Model> =>
    blendAlgorithm({ ...told, holdOut: everybody, refit }).fit(last, { seed: 1 }, progress);
  const nearest = ({ neighbours }: Model): number => neighbours!(last.items.row('last7'), 1).rows.length;
  const termsOf = ({ save }: Model): unknown => unpackModel<{ terms: unknown }>(save()).terms;
  const [never, onwards] = [await fit('never'), await fit('onwards')];
  assert.deepEqual([never, onwards].map(nearest), [0, 1]);
  assert.deepEqual(termsOf(onwards), termsOf(never));
  const late = await fit(
    'onwards',
    Object.assign(() => {}, { enough: () => true }),
  );
  assert.equal(nearest(late), 0, 'when the time is over it serves as it is');
});
