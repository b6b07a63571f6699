import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Item, type Step, silent, Vocabulary } from '../../src/core/index.js';
import { takeOver } from '../../src/models/deep/goOn.js';
import { Towers } from '../../src/models/deep/towers.js';
import { gru4rec, nextItNet, sasrec, twoTower } from '../../src/models/index.js';
import { dataset, smallNetwork, twoTastes } from './support.js';

const entry = (id: string): Item => ({ id, title: `${Number(id.slice(1, 3)) % 2 ? 'tea' : 'garden'} ${id}` });
const past = dataset(twoTastes(120));
const data = { ...past, catalogue: past.items.ids.map(entry) };
// One more item, which comes first, so that every other has another row; and newer events of half of the shoppers.
const more = dataset(
  twoTastes(120).map((list, user) => (user % 2 ? list : [...list, user % 4 ? 'i00a' : 'i01a'])),
);
const newer = { ...more, catalogue: more.items.ids.map(entry) };

for (const [algorithm, own] of [
  [twoTower, { negatives: 20, temperature: 0.2 }],
  [sasrec, {}],
  [sasrec, { negatives: 20 }],
  [gru4rec, {}],
  [nextItNet, {}],
] as const) {
  const { name } = algorithm;
  test(`${name} ${JSON.stringify(own)} goes on from a former fit, item by item; held out is only what is newer`, async () => {
    assert.equal(algorithm.goesOn, true);
    const options = { ...algorithm.defaults, ...smallNetwork, ...own };
    const former = { files: (await algorithm.fit(data, options, silent)).save(), until: data.until };
    assert.notEqual(newer.items.row('i19'), data.items.row('i19'));
    const curveOf = async (from?: typeof former, heldOut = 0, epochs = 1) => {
      let curve = { loss: Number.NaN, heldOut: 0, epochs: 0 };
      const watch = ({ curve: now }: Step): void => {
        if (!now) return;
        const { loss } = now;
        curve = { loss: loss[0] ?? curve.loss, heldOut: now.heldOut.length, epochs: loss.length };
      };
      await algorithm.fit(newer, { ...options, epochs, heldOut }, watch, from);
      return curve;
    };
    const [anew, on] = [await curveOf(), await curveOf(former)];
    assert.ok(on.loss < 0.8 * anew.loss, `${on.loss} after ${anew.loss}`);
    assert.equal((await curveOf(former, 50)).heldOut, 1);
    assert.equal((await curveOf({ ...former, until: newer.until }, 50)).heldOut, 0, 'nothing came since');
    assert.equal((await curveOf(former, 0, 8)).epochs, 4, 'nothing says when to stop, and most is known');
    assert.equal((await curveOf(undefined, 0, 8)).epochs, 8);
  });
}

test('what was learned of an item is taken over to its new row, and nothing else', () => {
  const rowsOf = (towers: Towers): number[][] => {
    const { items } = towers.weights.copy();
    return Array.from({ length: towers.size }, (_, row) => [...items!.subarray(16 * row, 16 * row + 16)]);
  };
  const options = { ...twoTower.defaults, ...smallNetwork } as unknown as Towers['options'];
  const towersOf = (size: number, seed: number): Towers =>
    new Towers(options, size, { fields: 2, text: 2 }, seed);
  const [before, after, fresh] = [towersOf(2, 1), towersOf(3, 2), towersOf(3, 2)];
  const learned = { ids: ['b', 'c'], weights: before.weights.copy() };
  takeOver(after.weights, learned, new Vocabulary(['a', 'b', 'c']));
  assert.deepEqual(rowsOf(after), [rowsOf(fresh)[0], ...rowsOf(before)]);
  const { items: _, ...others } = before.weights.copy();
  for (const [name, values] of Object.entries(others))
    assert.deepEqual(after.weights.copy()[name], values, name);
});
