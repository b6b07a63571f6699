import assert from 'node:assert/strict';
import { test } from 'node:test';
import { random } from '../../src/core/index.js';
import { ClickRates } from '../../src/marketing/index.js';
import { calibrationError } from '../../src/math/index.js';

const effects = [1, 0.6, 0.4, 0.25];

/** A log where better items stand higher up, as a ranker would have it; the truth is known. */
function logged(
  rows: number,
  seed: number,
  count: (item: number, position: number, clicked: boolean) => void,
): Float64Array {
  const chance = random(seed);
  const rates = new Float64Array(40).map((_, item) => 0.04 + 0.004 * item);
  for (let row = 0; row < rows; row++) {
    const item = chance.int(40);
    const place = Math.min(3, Math.floor(4 * (0.5 * chance.float() + 0.5 * (1 - item / 40))));
    count(item, place, chance.float() < rates[item]! * effects[place]!);
  }
  return rates;
}

test('the effect of a place is found within 10 %, though better items stand higher', () => {
  const rates = new ClickRates();
  const naive = Array.from({ length: 4 }, () => [0, 0] as [number, number]);
  const truth = logged(400_000, 1, (item, place, clicked) => {
    rates.count('home', `i${item}`, place, clicked);
    naive[place]![0] += clicked ? 1 : 0;
    naive[place]![1]++;
  });
  rates.refit();
  const found = rates.positionEffects('home');
  assert.equal(found.length, 4);
  effects.forEach((effect, place) => {
    assert.ok(Math.abs(found[place]! / effect - 1) < 0.1, `place ${place}: ${found[place]}, truth ${effect}`);
  });
  const plain = naive.map(([clicks, shown]) => clicks / shown);
  assert.ok(
    plain[3]! / plain[0]! < 0.75 * effects[3]!,
    'taken as they are, the counts say too much of the place',
  );
  for (const item of [5, 20, 35]) {
    const rate = rates.rate('home', `i${item}`);
    assert.ok(Math.abs(rate / truth[item]! - 1) < 0.2, `item ${item}: ${rate}, truth ${truth[item]}`);
  }
  const predicted: number[] = [];
  const came: number[] = [];
  logged(20_000, 2, (item, place, clicked) => {
    predicted.push(rates.rate('home', `i${item}`, place));
    came.push(clicked ? 1 : 0);
  });
  assert.ok(calibrationError(predicted, came) < 0.01);
});

test('an item never shown has the rate of its slot, one shown seldom is held to it', () => {
  const rates = new ClickRates();
  for (let at = 0; at < 2_000; at++) rates.count('s', `i${at % 20}`, 0, at % 10 === 0);
  rates.count('s', 'new', 0, true);
  rates.refit();
  const base = rates.rate('s', 'unknown');
  assert.ok(Math.abs(base - 0.1) < 0.02);
  assert.ok(rates.rate('s', 'new') < 0.6);
  assert.equal(rates.rate('nowhere', 'x'), 0.02, 'before anything was shown there is a stated start');
});

test('differences that chance explains are none: items, places and slots keep the common rate', () => {
  const chance = random(9);
  const rates = new ClickRates();
  for (let row = 0; row < 20_000; row++)
    rates.count(row % 2 ? 's' : 't', `i${chance.int(30)}`, chance.int(4), chance.float() < 0.01);
  rates.refit();
  const base = rates.rate('s', 'unknown');
  for (const slot of ['s', 't'])
    for (let item = 0; item < 30; item++)
      for (let place = 0; place < 4; place++)
        assert.ok(
          Math.abs(rates.rate(slot, `i${item}`, place) / base - 1) < 0.02,
          `${slot} ${item} ${place}`,
        );
});

test('events are counted by the recommendation they carry, and an advert slot ranks by worth times rate', () => {
  const rates = new ClickRates();
  for (let at = 0; at < 300; at++) {
    const attribution = `rec${at}`;
    const base = { user: `u${at}`, time: at, attribution };
    rates.apply({
      ...base,
      id: `i${at}`,
      type: 'impression',
      items: [{ id: 'a' }, { id: 'b' }],
      context: { slot: 'advert', segment: at % 2 ? 'new' : 'old' },
    });
    if (at % 3 === 0) rates.apply({ ...base, id: `c${at}`, type: 'click', items: [{ id: 'a' }] });
    if (at % 10 === 0) rates.apply({ ...base, id: `d${at}`, type: 'click', items: [{ id: 'b' }] });
    if (at % 30 === 0) rates.apply({ ...base, id: `p${at}`, type: 'purchase', items: [{ id: 'a' }] });
    rates.apply({ ...base, id: `x${at}`, type: 'click', items: [{ id: 'a' }], attribution: 'unknown' });
  }
  rates.refit();
  assert.ok(Math.abs(rates.rate('advert', 'a') - 0.33) < 0.1, `${rates.rate('advert', 'a')}`);
  assert.ok(rates.rate('advert', 'a', 0, { outcome: 'bought' }) < 0.1);
  const ranked = rates.rank('advert', [
    { item: 'a', worth: 1 },
    { item: 'b', worth: 100 },
  ]);
  assert.deepEqual(
    ranked.map(({ item }) => item),
    ['b', 'a'],
  );
  const again = new ClickRates();
  again.restore(rates.pack());
  assert.deepEqual(again.pack(), rates.pack());
});
