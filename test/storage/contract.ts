import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { erasedEvent } from '../../src/core/index.js';
import type { Store } from '../../src/storage/index.js';
import { event, logged } from '../support/events.js';

/** What every store does, whatever it keeps things in. `open` gives an empty one. */
export function storeContract(name: string, open: (t: TestContext) => Store): void {
  test(`${name}: offsets go up by one, and an id that is there already keeps its place`, async (t) => {
    const { log, close } = open(t);
    assert.equal(log.head, 0);
    const first = await log.append([
      event({ id: 'a' }),
      event({ id: 'b' }),
      event({ id: 'a', type: 'click' }),
    ]);
    assert.deepEqual(first, [
      { offset: 0, duplicate: false },
      { offset: 1, duplicate: false },
      { offset: 0, duplicate: true },
    ]);
    const calls = ['c', 'd', 'c'].map((id) => log.append([event({ id })]));
    assert.deepEqual((await Promise.all(calls)).flat(), [
      { offset: 2, duplicate: false },
      { offset: 3, duplicate: false },
      { offset: 2, duplicate: true },
    ]);
    assert.equal(log.head, 4);
    assert.equal((await logged(log))[0]!.type, 'view', 'the first that came is kept');
    await close();
  });

  test(`${name}: an id is its shopper’s and its key’s; nobody takes that of another`, async (t) => {
    const { log, close } = open(t);
    const long = 'x'.repeat(128);
    const ids = [
      event({ id: 'order', user: 'anna' }),
      event({ id: 'order', user: 'bert' }),
      event({ id: 'order', user: 'anna', key: 'page' }),
      event({ id: 'ord', user: 'er' }),
      event({ id: long, user: `${long}`, key: long }),
      event({ id: long, user: `${long}`, key: 'other' }),
    ];
    const first = await log.append(ids);
    assert.deepEqual(
      first.map(({ duplicate }) => duplicate),
      ids.map(() => false),
    );
    assert.deepEqual(
      (await log.append(ids)).map(({ offset, duplicate }) => [offset, duplicate]),
      ids.map((_, at) => [at, true]),
    );
    await close();
  });

  test(`${name}: an event that is erased leaves its place; others keep theirs and their ids`, async (t) => {
    const { log, close, scrub } = open(t);
    const all = Array.from({ length: 3_000 }, (_, at) =>
      event({ id: `${at}`, user: at % 3 === 0 ? 'gone' : 'kept', context: { page: 'p' } }),
    );
    await log.append(all.slice(0, 2_000));
    await log.append(all.slice(2_000));
    const offsets = all.flatMap(({ user }, at) => (user === 'gone' || at === 1 ? [at] : []));
    await log.rewrite(offsets.toReversed(), ({ context: _, ...each }) =>
      each.user === 'gone' ? undefined : each,
    );
    const left = await logged(log);
    const { context: _, ...without } = all[1]!;
    assert.equal(left.length, 3_000);
    left.forEach((each, at) => {
      if (at % 3 === 0) assert.deepEqual(each, erasedEvent());
      else if (at === 1) assert.deepEqual(each, without);
      else assert.deepEqual(each, all[at]);
    });
    const again = await log.append([all[3]!, all[4]!]);
    assert.deepEqual(again, [
      { offset: 3_000, duplicate: false },
      { offset: 4, duplicate: true },
    ]);
    assert.equal(await scrub(), true);
    assert.equal((await logged(log)).length, 3_001);
    await close();
  });

  test(`${name}: any part of the log is read, one by one or in blocks, and never changes`, async (t) => {
    const { log, close } = open(t);
    for (const size of [1, 300, 7, 5_000])
      await log.append(Array.from({ length: size }, (_, at) => event({ id: `${log.head + at}` })));
    for (const [from, to] of [
      [0, undefined],
      [0, 1],
      [300, 302],
      [257, 4_999],
      [5_307, undefined],
      [9_000, 10_000],
    ] as const) {
      const end = Math.min(to ?? log.head, log.head);
      const expected = Array.from({ length: Math.max(0, end - from) }, (_, at) => `${from + at}`);
      assert.deepEqual(
        (await logged(log, from, to)).map(({ id }) => id),
        expected,
      );
      const inBlocks: string[] = [];
      for await (const { first, events } of log.blocks(from, to)) {
        assert.equal(first, from + inBlocks.length);
        inBlocks.push(...events.map(({ id }) => id));
      }
      assert.deepEqual(inBlocks, expected);
    }
    const [mine] = await logged(log);
    mine!.type = 'altered';
    mine!.items[0]!.id = 'altered';
    assert.deepEqual((await logged(log))[0], event({ id: '0' }));
    await close();
  });

  test(`${name}: an item that is not listed stays so`, async (t) => {
    const { log, close } = open(t);
    const items = [{ id: 'a', quantity: 2 }, { id: 'b', unlisted: true as const }, { id: 'c' }];
    const sent = [
      event({ id: '1', items }),
      event({ id: '2', items, attribution: 'rec_1' }),
      event({ id: '3' }),
    ];
    await log.append(sent);
    assert.deepEqual(await logged(log), sent);
    await close();
  });

  test(`${name}: state is written all or nothing, listed by space in the order of its keys, and replaced whole`, async (t) => {
    const { state, facts, close } = open(t);
    const bytes = Buffer.from('1');
    await state.write([
      { space: 'a', key: 'y', value: bytes },
      { space: 'a', key: 'x', value: bytes },
      { space: 'a', key: 'gone', value: bytes },
      { space: 'b', key: 'x', value: bytes },
      { space: 'a', key: 'gone', value: undefined },
    ]);
    assert.deepEqual(
      [...state.entries('a')].map(({ key }) => key),
      ['x', 'y'],
    );
    assert.equal(state.get('a', 'gone'), undefined);
    assert.deepEqual(Buffer.from(state.get('b', 'x')!), bytes);
    assert.equal(facts.get('a', 'x'), undefined, 'facts are another place');
    assert.deepEqual([...(await state.beside({ empty: true })).entries('a')], [], 'nothing was begun');
    const draft = await state.beside();
    await draft.write([{ space: 'a', key: 'z', value: bytes }]);
    assert.ok(state.get('a', 'x') && !state.get('a', 'z'), 'the one that is filled is another');
    assert.ok((await state.beside()).get('a', 'z'), 'an attempt goes on where it was');
    await draft.adopt();
    for (const either of [state, draft])
      assert.deepEqual(
        [...either.entries('a')].map(({ key }) => key),
        ['z'],
      );
    await state.write([{ space: 'a', key: 'q', value: bytes }]);
    assert.ok(draft.get('a', 'q'), 'both are the same');
    await draft.write([{ space: 'a', key: 'r', value: bytes }]);
    assert.ok(state.get('a', 'r'), 'and both take what is written');
    await (await state.beside()).write([{ space: 'a', key: 'left', value: bytes }]);
    const empty = await state.beside({ empty: true });
    assert.equal(empty.get('a', 'left'), undefined);
    await empty.adopt();
    assert.deepEqual([...state.entries('a'), ...state.entries('b')], []);
    assert.equal(facts.get('a', 'x'), undefined);
    await close();
  });

  test(`${name}: a large write that fails half-way leaves nothing, and one that does not is whole`, async (t) => {
    const { state, close } = open(t);
    const large = Buffer.alloc(1 << 20, 7);
    const change = (key: number) => ({ space: 'a', key: `${key}`, value: large });
    function* failing(after: number) {
      for (let key = 0; key < after; key++) yield change(key);
      throw new Error('no more');
    }
    await state.write([{ space: 'a', key: '3', value: Buffer.from('old') }]);
    // In one transaction, and in parts.
    for (const after of [3, 12]) await assert.rejects(state.write(failing(after)), /no more/);
    assert.deepEqual(
      [...state.entries('a')].map(({ key }) => key),
      ['3'],
    );
    assert.equal(Buffer.from(state.get('a', '3')!).toString(), 'old');
    await state.write([change(20), change(21)]);
    assert.equal(state.get('a', '21')?.length, large.length, 'what fits into one transaction');
    await state.write(['20', '21'].map((key) => ({ space: 'a', key, value: undefined })));
    const both = [
      state.write(Array.from({ length: 11 }, (_, key) => change(key))),
      state.write([{ space: 'a', key: '3', value: undefined }]),
    ];
    await Promise.all(both);
    assert.equal([...state.entries('a')].length, 10, 'one after the other');
    assert.ok([...state.entries('a')].every(({ value }) => value.length === large.length));
    await close();
  });

  test(`${name}: objects are replaced whole, listed by prefix, and cannot leave their place`, async (t) => {
    const { objects, close } = open(t);
    await objects.put('models/1/a.bin', Buffer.from('one'));
    await objects.put('models/1/a.bin', Buffer.from('two'));
    await objects.put('deployed', Buffer.from('1'));
    assert.equal(Buffer.from((await objects.get('models/1/a.bin'))!).toString(), 'two');
    assert.deepEqual(await objects.list('models/'), ['models/1/a.bin']);
    assert.equal(await objects.get('nothing'), undefined);
    await objects.delete('deployed');
    assert.equal(await objects.get('deployed'), undefined);
    await assert.rejects(objects.put('../escape', Buffer.from('x')), { code: 'invalid_key' });
    await close();
  });
}
