import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { EndcapError, type Event, type RecommendResponse } from '../../src/core/index.js';
import type { OfferInput } from '../../src/marketing/index.js';
import type { Engine } from '../../src/recommend/index.js';
import { day, start } from '../support/events.js';
import { marketingShop } from './support.js';

const goods = ['a', 'b', 'c', 'd', 'e', 'f'];

async function shop(t: TestContext, dir?: string) {
  let now = start;
  const items = goods.map((id) => ({ id, title: `Thing ${id}`, price: 10, stock: 5 }));
  const opened = await marketingShop(t, items, { clock: () => now, ...(dir !== undefined && { dir }) });
  const { app, engine } = opened;
  const home = async (user: string, more: object = {}): Promise<RecommendResponse> => {
    now += 1_000;
    const payload = { user, scenario: 'home', count: 4, ...more };
    const answer = await app.inject({ method: 'POST', url: '/v1/recommend', payload });
    assert.equal(answer.statusCode, 200, answer.body);
    // What was placed is logged without waiting: the next append comes after it.
    await engine.ingest([{ id: `w${now}`, type: 'view', user: 'waiting', items: [], time: now }]);
    return answer.json();
  };
  const shown = (response: RecommendResponse, user: string): Event => ({
    id: `i-${response.recommendationId}`,
    type: 'impression',
    user,
    items: response.items.map(({ id }) => ({ id })),
    attribution: response.recommendationId,
    context: { scenario: 'home' },
    time: now,
  });
  const click = (response: RecommendResponse, user: string, id: string, more: object = {}): Event => ({
    id: `c-${response.recommendationId}-${id}-${now++}`,
    type: 'click',
    user,
    items: [{ id }],
    attribution: response.recommendationId,
    time: now,
    ...more,
  });
  return { ...opened, home, shown, click };
}

const slot = (id: string, items: string[], more: Partial<OfferInput> = {}): OfferInput => ({
  id,
  name: id,
  kind: 'slot',
  items,
  bid: 1,
  budget: 100,
  holdout: 0,
  end: start + 30 * day,
  ...more,
});

test('an advert stands at its place of a real answer, says that it is one, and is there once', async (t) => {
  const { marketing, home, engine } = await shop(t);
  await marketing.putOffer(slot('sale', ['f'], { place: 3 }));
  const first = await home('ann');
  assert.equal(first.items.length, 4);
  assert.deepEqual(first.items[2], {
    ...first.items[2],
    id: 'f',
    sponsored: 'sale',
    reason: { kind: 'sponsored', items: [], text: 'Sponsored' },
  });
  assert.equal(first.items.filter(({ sponsored }) => sponsored).length, 1);
  const second = await home('ann', { offset: 4 });
  assert.equal(marketing.offer('sale').given, 1, 'a further page places none');
  const ids = [...first.items, ...second.items].map(({ id }) => id);
  assert.deepEqual([...ids].sort(), goods, 'over the pages everything is there once');
  assert.equal(
    second.items.some(({ sponsored }) => sponsored),
    false,
  );
  assert.equal(
    (await home('ann', { scenario: 'trending' })).items.some(({ sponsored }) => sponsored),
    false,
  );
  await engine.catalogue.put([{ id: 'f', title: 'Thing f', price: 10, stock: 0 }]);
  const without = (await home('ann')).items;
  assert.equal(without.length, 4, 'its place is not empty');
  assert.ok(
    without.every(({ id, sponsored }) => id !== 'f' && !sponsored),
    'what is out of stock is not advertised',
  );
});

test('the place goes to bid times the rate that the log shows, not to the higher bid', async (t) => {
  // What is popular is made anew at each request, on a busy machine as on a free one.
  t.mock.method(performance, 'now', () => 0);
  const { marketing, home, shown, click, engine } = await shop(t);
  await marketing.putOffer(slot('often', ['a'], { bid: 1 }));
  await marketing.putOffer(slot('dear', ['b'], { bid: 1.5 }));
  assert.equal((await home('first')).items[1]!.sponsored, 'dear', 'nothing known: the bid decides');
  for (let at = 0; at < 150; at++) {
    const user = `u${at}`;
    const response = await home(user);
    const events = [shown(response, user)];
    if (at % 3 === 0) events.push(click(response, user, 'a'));
    if (at % 50 === 0) events.push(click(response, user, 'b'));
    await engine.ingest(events);
  }
  await engine.jobs.runNow('clicks');
  const learned = await home('last');
  assert.equal(learned.items[1]!.sponsored, 'often');
  const [home_] = marketing.clicks().filter(({ slot: name }) => name === 'home');
  assert.ok(home_!.items >= 4 && home_!.rate.clicked > 0.02);
});

test('a click on an advert is paid once, never beyond the budget, and a restart remembers it', async (t) => {
  const { marketing, home, click, engine, dir, close } = await shop(t);
  await marketing.putOffer(slot('sale', ['f'], { bid: 2, budget: 5 }));
  const answers = [await home('ann'), await home('bob'), await home('cleo')];
  await engine.ingest([
    click(answers[0]!, 'ann', 'f'),
    click(answers[0]!, 'ann', 'f'),
    click(answers[0]!, 'ann', 'a'),
    click(answers[1]!, 'bob', 'f', { robot: true }),
    { ...click(answers[1]!, 'bob', 'f'), attribution: 'rec_of_nobody' },
  ]);
  assert.deepEqual([marketing.offer('sale').spent, marketing.offer('sale').clicks], [2, 1]);
  await close();
  const again = await shop(t, dir);
  await again.engine.ingest([again.click(answers[1]!, 'bob', 'f'), again.click(answers[2]!, 'cleo', 'f')]);
  const { spent, clicks, state } = again.marketing.offer('sale');
  assert.deepEqual([spent, clicks, state], [5, 3, 'exhausted']);
  assert.ok(
    (await again.home('dan')).items.every(({ sponsored }) => !sponsored),
    'nothing is left to pay with',
  );
});

test('without a bid the shop advertises what it earns most with; caps, holdout and ends are kept', async (t) => {
  const { marketing, home, engine, app } = await shop(t);
  await engine.catalogue.put([{ id: 'e', title: 'Thing e', price: 90, stock: 5 }]);
  const { bid: _, ...own } = slot('own', ['d', 'e'], { cap: 2 });
  await marketing.putOffer(own);
  assert.equal((await home('ann')).items[1]!.id, 'e');
  assert.equal((await home('ann')).items[1]!.sponsored, 'own');
  assert.equal((await home('ann')).items[1]!.sponsored, undefined, 'twice is enough');
  await marketing.putOffer({ ...own, holdout: 0.5, cap: 50 });
  let held = 0;
  for (let at = 0; at < 60; at++) if (!(await home(`h${at}`)).items[1]!.sponsored) held++;
  assert.ok(held > 15 && held < 45, `${held} of 60 held out`);
  await marketing.deleteOffer('own');
  assert.equal((await home('h1')).items[1]!.sponsored, undefined);
  const body = { name: 'x', kind: 'slot', items: ['a'], budget: 5, end: start + 30 * day };
  for (const [field, change] of [
    ['bid', { bid: -1 }],
    ['place', { place: 0 }],
    ['scenario', { scenario: 'nowhere' }],
  ] as const) {
    const answer = await app.inject({ method: 'PUT', url: '/v1/offers/x', payload: { ...body, ...change } });
    assert.equal(answer.statusCode, 400);
    assert.match(answer.json().errors[0].field, new RegExp(field));
  }
});

/** From now on the log takes nothing, until what is returned is called. */
function fullDisk(engine: Engine): () => void {
  const ingest = engine.ingest.bind(engine);
  engine.ingest = async () => {
    throw new EndcapError('disk_full', 'The disk is full');
  };
  return () => {
    engine.ingest = ingest;
  };
}

test('an advert whose event the log refuses is told of, tried again, and its click is paid', async (t) => {
  const { marketing, call, click, engine } = await shop(t);
  await marketing.putOffer(slot('sale', ['f'], { bid: 2 }));
  const ask = async (user: string): Promise<RecommendResponse> =>
    (await call('POST', '/v1/recommend', { user, scenario: 'home', count: 4 })).body;
  const written = t.mock.method(process.stderr, 'write', () => true);
  const room = fullDisk(engine);
  const first = await ask('ann');
  assert.equal(first.items[1]!.sponsored, 'sale');
  await new Promise(setImmediate);
  const told = written.mock.calls.map(({ arguments: [text] }) => String(text)).join('');
  written.mock.restore();
  assert.match(told, /1 events of offers wait to be logged.*The disk is full/);
  assert.deepEqual(marketing.logging, { waiting: 1, failures: 1 });
  assert.equal((await ask('bob')).items[1]!.sponsored, undefined, 'none more while the log takes nothing');
  const { text } = await call('GET', '/metrics');
  assert.match(text, /^endcap_offer_events_waiting 1$/m);
  assert.match(text, /^endcap_offer_append_failures 1$/m);
  room();
  await engine.jobs.runNow('offers');
  assert.deepEqual(marketing.logging, { waiting: 0, failures: 1 });
  assert.equal(marketing.offer('sale').given, 1);
  await engine.ingest([click(first, 'ann', 'f')]);
  assert.equal(marketing.offer('sale').spent, 2);
  assert.equal((await ask('bob')).items[1]!.sponsored, 'sale');
});

test('an offer is given only once it is in the log; what was decided on a full disk is there after', async (t) => {
  const { marketing, call, engine, dir, close } = await shop(t);
  await marketing.putOffer({
    id: 'new',
    name: 'new',
    kind: 'price',
    items: ['a'],
    price: 9,
    budget: 50,
    holdout: 0,
    explore: 0,
    margin: 0.9,
    end: start + 30 * day,
  });
  const ask = (user: string) => call('POST', '/v1/offers/decide', { user });
  const room = fullDisk(engine);
  for (const user of ['ann', 'ann', 'bob']) {
    const refused = await ask(user);
    assert.deepEqual([refused.status, refused.body.code], [507, 'disk_full'], user);
  }
  assert.equal(marketing.logging.waiting, 1, 'nothing more is decided meanwhile');
  room();
  const given = await ask('ann');
  assert.equal(given.status, 200);
  assert.equal(given.body.offers.length, 1);
  assert.equal(engine.state.offset, 1);
  const { given: count, promised } = marketing.offer('new');
  assert.deepEqual([count, Math.round(100 * promised)], [1, 100], 'given once');
  await close();
  const again = await shop(t, dir);
  assert.equal(again.marketing.offer('new').given, 1);
});
