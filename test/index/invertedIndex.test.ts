import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { editDistance, InvertedIndex, Matches, SortedLists, TypoDictionary } from '../../src/index/index.js';
import { Analyser } from '../../src/text/index.js';

const make = (): InvertedIndex => new InvertedIndex(new Analyser());
const ask = (index: InvertedIndex, ...words: string[]): number[] => {
  const matches = index.match(
    words.map((word) => ({
      required: true,
      alternatives: [{ terms: [index.lexicon.termOf(word)], weight: 1 }],
    })),
  );
  return [...matches.found]
    .filter((item) => matches.mask(item) === 2 ** words.length - 1)
    .sort((a, b) => matches.score(b) - matches.score(a) || a - b);
};

test('lists are what a map of sets is, whatever is put and removed', () => {
  const step = fc.record({ list: fc.nat(5), key: fc.nat(40), value: fc.nat(1_000), put: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const lists = new SortedLists(true);
      const model = new Map<number, Map<number, number>>();
      for (const { list, key, value, put } of steps) {
        const known = model.get(list) ?? new Map<number, number>();
        model.set(list, known);
        if (put) {
          lists.put(list, key, value);
          known.set(key, value);
        } else assert.equal(lists.remove(list, key), known.delete(key));
      }
      for (const [list, known] of model) {
        const start = lists.start(list);
        const found = Array.from({ length: lists.length(list) }, (_, at) => [
          lists.keys[start + at]!,
          lists.values[start + at]!,
        ]);
        assert.deepEqual(
          found,
          [...known].sort((a, b) => a[0] - b[0]),
        );
      }
    }),
  );
});

test('an index after puts, replacements and removals is the one made of what is left', () => {
  const word = fc.constantFrom(
    'red',
    'blue',
    'running',
    'runs',
    'shoe',
    'shoes',
    'tent',
    '跑步鞋',
    '跑步',
    '500',
    'ml',
  );
  const text = fc.array(word, { maxLength: 6 }).map((words) => words.join(' '));
  const step = fc.record({ item: fc.nat(12), text: fc.option(text) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const changed = make();
      const left = new Map<number, string>();
      for (const { item, text: title } of steps) {
        if (title === null) {
          changed.remove(item);
          left.delete(item);
        } else {
          changed.put(item, [title]);
          left.set(item, title);
        }
      }
      const fresh = make();
      for (const [item, title] of left) fresh.put(item, [title]);
      assert.equal(changed.size, left.size);
      assert.equal(changed.lexicon.size, fresh.lexicon.size);
      assert.equal(changed.lexicon.terms, fresh.lexicon.terms);
      for (const asked of ['red', 'run', 'shoe', '跑步', '500ml'])
        assert.deepEqual(ask(changed, asked).sort(), ask(fresh, asked).sort());
      for (const prefix of ['r', 'sho', '跑'])
        assert.deepEqual(
          changed.lexicon
            .withPrefix(prefix, 50)
            .map((number) => changed.lexicon.word(number))
            .sort(),
          fresh.lexicon
            .withPrefix(prefix, 50)
            .map((number) => fresh.lexicon.word(number))
            .sort(),
        );
    }),
    { numRuns: 60 },
  );
});

test('replacing one item 100,000 times does not grow the index', () => {
  const index = make();
  for (let item = 0; item < 50; item++) index.put(item, [`thing number ${item}`]);
  let after = 0;
  for (let round = 0; round < 100_000; round++) {
    index.put(7, [`changing ${round} words${round % 977} now`]);
    if (round === 10_000) after = index.capacity;
  }
  assert.equal(index.capacity, after);
  assert.ok(index.lexicon.size < 200, `${index.lexicon.size} words`);
  assert.deepEqual(ask(index, '99999'), [7]);
  assert.deepEqual(ask(index, '99998'), []);
});

test('asked for so many of the words, it finds what has them with the same scores, and looks through less', () => {
  const words = ['red', 'blue', 'tent', 'shoe', 'ball', 'oak', '跑步鞋'];
  const title = fc.array(fc.constantFrom(...words), { maxLength: 5 }).map((all) => all.join(' '));
  const clause = fc.record({
    alternatives: fc.array(
      fc.record({
        words: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 2 }),
        weight: fc.float({ min: 0.5, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 3 },
    ),
    required: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(title, { minLength: 1, maxLength: 80 }),
      fc.array(clause, { minLength: 1, maxLength: 4 }),
      (titles, asked) => {
        const index = make();
        for (const [item, text] of titles.entries()) index.put(item, [text]);
        const clauses = asked.map(({ alternatives, required }) => ({
          required,
          alternatives: alternatives
            .map((one) => ({
              terms: one.words.map((word) => index.lexicon.termOf(word)),
              weight: one.weight,
            }))
            .filter(({ terms }) => terms.every((term) => term >= 0)),
        }));
        const bits = (mask: number): number => mask.toString(2).replaceAll('0', '').length;
        const required = clauses.filter((one) => one.required).length;
        for (let needed = 1; needed <= required; needed++) {
          const foundBy = (least: number): [number, number, number][] => {
            const matches = index.match(clauses, least);
            return [...matches.found]
              .map((item): [number, number, number] => [item, matches.mask(item), matches.score(item)])
              .filter(([, mask]) => bits(mask) >= needed)
              .sort((a, b) => a[0] - b[0]);
          };
          assert.deepEqual(foundBy(needed), foundBy(0));
        }
      },
    ),
  );
  const index = make();
  for (let item = 0; item < 1_000; item++) index.put(item, [item < 5 ? 'rare oak' : 'oak']);
  const both = ['rare', 'oak'].map((word) => ({
    required: true,
    alternatives: [{ terms: [index.lexicon.termOf(word)], weight: 1 }],
  }));
  assert.equal(index.match(both, 2).size, 5);
  assert.equal(index.match(both, 1).size, 1_000);
  // The first alternative that an item has is what it counts.
  const [rare, oak] = both.map(({ alternatives }) => alternatives[0]!);
  const score = (...alternatives: { terms: number[]; weight: number }[]): number => {
    return index.match([{ required: true, alternatives }]).score(0);
  };
  const half = { ...oak!, weight: 0.5 };
  assert.equal(score(half, oak!), score(half));
  assert.ok(score(oak!, rare!) < score(oak!) + score(rare!));
});

test('a long list is read in steps, and what comes and goes between them changes nothing else', () => {
  const index = make();
  const items = 20_000;
  for (let item = 0; item < items; item++) index.put(item, [`thing ${item % 2 ? 'red' : 'blue'}`]);
  const clauses = [{ required: true, alternatives: [{ terms: [index.lexicon.termOf('thing')], weight: 1 }] }];
  assert.equal(index.work(clauses, 1), items);
  const matches = new Matches();
  let steps = 0;
  for (const _ of index.matching(clauses, 1, matches)) {
    // What is behind the reader goes, so that the rest moves up; what comes makes the list outgrow its room.
    for (let item = 100 * steps; item < 100 * steps + 100; item++) index.remove(item);
    for (let item = 0; item < 500; item++) index.put(items + 500 * steps + item, [`thing new ${item}`]);
    steps++;
  }
  assert.ok(steps >= 4, `${steps} steps`);
  const found = new Set(matches.found);
  assert.equal(found.size, matches.size, 'no item twice');
  for (let item = 100 * steps; item < items; item++) assert.ok(found.has(item), `item ${item}`);
  const scores = [...found].filter((item) => item < items).map((item) => matches.score(item));
  assert.ok(Math.max(...scores) < 1.2 * Math.min(...scores), 'no posting twice');
});

test('a word in the title counts more than one in the description, a rare one more than a common one', () => {
  const index = make();
  index.put(0, ['red tent', '', '', 'for two, with a lamp']);
  index.put(1, ['lamp', '', '', 'red']);
  index.put(2, ['red shoe', '', '', '']);
  assert.deepEqual(ask(index, 'lamp'), [1, 0]);
  assert.ok(ask(index, 'red').length === 3);
});

test('typos: one edit from four letters, two from eight, a swap is one', () => {
  const index = make();
  index.put(0, ['shoes backpack tea']);
  const near = (word: string): string[] =>
    index.lexicon.near(word, 5).map(({ number }) => index.lexicon.word(number));
  assert.deepEqual(near('sheos'), ['shoes']);
  assert.deepEqual(near('shos'), ['shoes']);
  assert.deepEqual(near('shxxs'), []);
  assert.deepEqual(near('bcakpakc'), ['backpack']);
  assert.deepEqual(near('tae'), []);
  assert.equal(editDistance('bcakpakc', 'backpack', 2), 2);
});

test('a dictionary of typos forgets what is removed and keeps the rest', () => {
  const letters = fc.stringMatching(/^[a-d]{4,9}$/);
  fc.assert(
    fc.property(fc.uniqueArray(letters, { maxLength: 60 }), fc.nat(60), (words, kept) => {
      const dictionary = new TypoDictionary();
      for (const [at, word] of words.entries()) dictionary.add(word, at);
      for (const [at, word] of words.slice(kept).entries()) dictionary.remove(word, kept + at);
      const left = new Set(words.slice(0, kept).map((_, at) => at));
      for (const [at, word] of words.entries()) {
        const found = new Set<number>();
        dictionary.candidates(word, (number) => found.add(number));
        assert.equal(found.has(at), left.has(at));
        for (const number of found) assert.ok(left.has(number));
      }
      if (left.size === 0) assert.equal(dictionary.size, 0);
    }),
  );
});

test('lists that all grow leave no old rooms behind', () => {
  const lists = new SortedLists(true);
  for (let key = 0; key < 5_000; key++)
    for (let list = 0; list < 60; list++) lists.put(list, key, list + key);
  assert.ok(lists.capacity < 1.5 * 60 * 8_192, `${lists.capacity} entries for ${60 * 5_000}`);
  for (let list = 0; list < 60; list++) {
    assert.equal(lists.length(list), 5_000);
    for (const key of [0, 4_999]) {
      const place = lists.start(list) + lists.lowerBound(list, key);
      assert.deepEqual([lists.keys[place], lists.values[place]], [key, list + key]);
    }
  }
});
