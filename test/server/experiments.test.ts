import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { EndcapError } from '../../src/core/index.js';
import { Experiments, experimentsPage } from '../../src/experiments/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { createServer } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { configOf } from '../experiments/support.js';
import { scratch } from '../support/events.js';

const now = Date.parse('2026-11-10');

function write(dir: string, policy = '{"pin": [{"item": "i5", "slot": 1}]}'): void {
  const config = configOf({ metric: 'click' });
  config.experiments[0]!.variants[1]!.policy = 'new.json';
  writeFileSync(join(dir, 'experiments.json'), JSON.stringify(config));
  writeFileSync(join(dir, 'new.json'), policy);
}

async function shop(t: TestContext, dir: string) {
  const policy = join(dir, 'policy.json');
  const engine = await openEngine({ store: openStore(dir), clock: () => now, policy });
  const experiments = await Experiments.open(engine, dir);
  const app = await createServer(engine, { experiments });
  t.after(async () => {
    await experiments.settled();
    await app.close();
    await engine.close();
  });
  await engine.catalogue.put(Array.from({ length: 8 }, (_, at) => ({ id: `i${at}`, title: `Item ${at}` })));
  const post = async (url: string, body: object) =>
    (await app.inject({ method: 'POST', url, payload: body })).json();
  const show = (user: string) => post('/v1/recommend', { user, scenario: 'home', count: 3, explain: true });
  const report = async () => (await app.inject('/v1/experiments')).json().experiments[0];
  return { engine, experiments, app, post, show, report };
}

test('a variant with a policy serves it, names it in the reason, and is exposed and attributed', async (t) => {
  const dir = scratch(t);
  write(dir);
  const { experiments, post, show, report } = await shop(t, dir);
  let pinned = 0;
  for (let at = 0; at < 40; at++) {
    const user = `u${at}`;
    const { items, recommendationId } = await show(user);
    // Once it is popular the control shows it first, too, but by no rule.
    if (items[0].id !== 'i5' || !items[0].reason.rules) continue;
    pinned++;
    assert.deepEqual(items[0].reason.rules, ['pinned']);
    const click = { type: 'click', user, items: [{ id: 'i5' }], attribution: recommendationId, time: now };
    await post('/v1/events', { id: `c${at}`, ...click });
  }
  await experiments.settled();
  const { variants, state, crossed } = await report();
  assert.equal(state, 'running');
  assert.equal(crossed, 0);
  assert.equal(variants[1].lift.low, null, 'a bound not known yet is null, and is not left out');
  assert.ok(pinned > 8 && pinned < 32, `${pinned}`);
  assert.deepEqual(
    variants.map(({ shoppers, mean }: { shoppers: number; mean: number }) => [shoppers, mean]),
    [
      [40 - pinned, 0],
      [pinned, 1],
    ],
  );
});

test('after a restart the ledger is what the log says', async (t) => {
  const dir = scratch(t);
  write(dir);
  const engine = await openEngine({ store: openStore(dir), clock: () => now });
  const experiments = await Experiments.open(engine, dir);
  await engine.catalogue.put([{ id: 'i5' }]);
  for (let at = 0; at < 10; at++) await experiments.recommend({ user: `u${at}`, scenario: 'home' });
  await experiments.settled();
  const before = experiments.report();
  await engine.close();
  const { experiments: again } = await shop(t, dir);
  assert.deepEqual(again.report(), before);
  assert.equal(before[0]!.variants[0]!.shoppers + before[0]!.variants[1]!.shoppers, 10);
});

test('a guard takes a harmful variant out, also after a restart; its shoppers see the control', async (t) => {
  const dir = scratch(t);
  const config = configOf({ metric: 'click', guards: ['conversion'] });
  writeFileSync(join(dir, 'experiments.json'), JSON.stringify(config));
  const { engine, experiments } = await shop(t, dir);
  for (let from = 0; from < 3_000; from += 500) {
    const batch = Array.from({ length: 500 }, (_, at) => {
      const user = `g${from + at}`;
      const variant = at % 2 ? 'new' : 'control';
      const context = { experiments: `trial:${variant}`, propensity: 0.5 };
      const seen = {
        id: `x${user}`,
        type: 'impression',
        user,
        items: [],
        time: now,
        attribution: `r${user}`,
        context,
      };
      const buys = variant === 'control' && at % 10 === 0;
      const bought = {
        id: `y${user}`,
        type: 'purchase',
        user,
        items: [{ id: 'i1' }],
        time: now,
        attribution: `r${user}`,
      };
      return buys ? [seen, bought] : [seen];
    }).flat();
    await engine.ingest(batch);
  }
  await experiments.checkGuards();
  const stopped = experiments.report()[0]!.variants.map((variant) => variant.stopped);
  assert.deepEqual(stopped, [false, true]);
  const bytes = await engine.store.objects.get('experiments/stopped.json');
  assert.deepEqual(JSON.parse(Buffer.from(bytes!).toString()), ['trial:new']);
});

test('a fault in the file refuses the start; a later one leaves what runs', async (t) => {
  const dir = scratch(t);
  write(dir, '{"perBrand": "x"}');
  const broken = await openEngine({ store: openStore(dir), clock: () => now });
  await assert.rejects(
    Experiments.open(broken, dir),
    (error) => error instanceof EndcapError && error.code === 'invalid_policy',
  );
  await broken.close();
  write(dir);
  const { experiments } = await shop(t, dir);
  writeFileSync(join(dir, 'experiments.json'), '{"experiments": 5, "x": 1}');
  await assert.rejects(experiments.reload(), /x is not a known field/);
  assert.equal(experiments.report()[0]!.name, 'trial');
});

test('exploration: a bounded share of the slots, logged with its propensity, and what is clicked is tried more', async (t) => {
  const dir = scratch(t);
  const config = configOf({ metric: 'click', shares: [0.01, 0.99] });
  config.experiments[0]!.variants[1]!.explore = 0.25;
  config.experiments[0]!.variants[1]!.policy = 'tail.json';
  // The newest are the head, so that the control shows them, too. Whatever is clicked, the tail stays behind the first eight: only exploration brings it forward.
  writeFileSync(join(dir, 'tail.json'), '{"bury": [{"name": "tail", "filter": "category = \\"tail\\""}]}');
  writeFileSync(join(dir, 'experiments.json'), JSON.stringify(config));
  const { engine, experiments, post } = await shop(t, dir);
  await engine.catalogue.put(
    Array.from({ length: 20 }, (_, at) => ({ id: `i${at}`, category: at >= 12 ? 'head' : 'tail' })),
  );
  const tried = new Map<string, number>();
  for (let at = 0; at < 150; at++) {
    const user = `u${at}`;
    const { items, recommendationId } = await post('/v1/recommend', { user, scenario: 'home', count: 8 });
    assert.equal(items.length, 8);
    const outside = items.filter(({ id }: { id: string }) => Number(id.slice(1)) < 12);
    assert.ok(outside.length <= 2, `${outside.length} of 8`);
    for (const { id } of outside) if (at >= 75) tried.set(id, (tried.get(id) ?? 0) + 1);
    const liked = outside.find(({ id }: { id: string }) => id === 'i5');
    const click = { type: 'impression', user, items: [], attribution: recommendationId, time: now };
    if (liked)
      await engine.ingest([
        { ...click, id: `l${at}`, type: 'click', items: [{ id: 'i5' }], user: `other${at}` },
      ]);
  }
  await experiments.settled();
  const others = [...tried].filter(([id]) => id !== 'i5').map(([, times]) => times);
  assert.ok(tried.get('i5')! > Math.max(...others), `${[...tried]}`);
  let logged = 0;
  for await (const { event } of engine.store.log.read(0)) {
    const text = event.context?.explored;
    if (typeof text !== 'string') continue;
    for (const pair of text.split('\t')) {
      const propensity = Number(pair.split(' ')[1]);
      assert.ok(propensity > 0.01 && propensity < 1, pair);
      logged++;
    }
  }
  assert.ok(logged >= 200, `${logged}`);
});

test('no experiments: everyone sees the same, nothing is logged', async (t) => {
  const { engine, show } = await shop(t, scratch(t));
  await show('u');
  assert.equal(engine.store.log.head, 0);
});

test('rules of a policy that name what the catalogue does not have are told by /ready', async (t) => {
  const dir = scratch(t);
  write(dir, '{"pin": [{"item": "i50", "slot": 1}]}');
  const policy = join(dir, 'policy.json');
  writeFileSync(policy, '{"bury": [{"name": "red", "filter": "colour = \\"red\\""}]}');
  const { engine, app } = await shop(t, dir);
  const ready = async () => (await app.inject('/ready')).json();
  const [first, second] = [/^new\.json, pin\.0\.item: .*"i50"/, /^policy\.json, bury\.0\.filter: .*"colour"/];
  const { status, warnings } = await ready();
  assert.equal(status, 'ready', 'it serves all the same');
  assert.equal(warnings.length, 2);
  assert.match(warnings[0], first);
  assert.match(warnings[1], second);
  await engine.catalogue.put([{ id: 'i50', attributes: { colour: 'red' } }]);
  assert.deepEqual((await ready()).warnings, []);
});

/** The cells of the tables of a page. */
const cellsOf = (page: string): string[] =>
  [...page.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell]) => cell!);

test('a page shows what is tried and what governs, with the figures of the API, in two languages', async (t) => {
  const dir = scratch(t);
  write(dir);
  const rules = {
    boost: [{ name: '<i>late</i>', filter: 'title = "Item 7"', factor: 10 }],
    bury: [{ name: 'first', filter: 'title = "Item 0"' }],
    pin: [
      { item: 'i6', slot: 1, scenario: 'home' },
      { item: 'i4', slot: 2 },
    ],
  };
  writeFileSync(join(dir, 'policy.json'), JSON.stringify(rules));
  const { app, experiments, show } = await shop(t, dir);
  // Those who are in the variant see its policy, which the shop's own does not answer for.
  let own = 0;
  for (let at = 0; at < 40; at++) {
    const { items } = await show(`u${at}`);
    if (items[0].id === 'i6') own++;
  }
  await experiments.settled();
  const report = (await app.inject('/v1/experiments')).json();
  const [{ variants, from, to, traffic }] = report.experiments;
  assert.deepEqual([from, to, traffic, report.holdout], ['2026-11-01', '2026-12-01', 1, 0]);
  assert.deepEqual(
    variants.map(({ share, changes }: { share: number; changes: object }) => [share, changes]),
    [
      [0.5, {}],
      [0.5, { weights: { model: 2 }, policy: 'new.json' }],
    ],
  );
  const { policy, lists, rules: did, since } = (await app.inject('/v1/policy')).json();
  assert.deepEqual([policy, lists, since], [rules, own, now]);
  assert.equal(own, variants[0].shoppers);
  const shownBy = (rule: string): number =>
    did.find((count: { rule: string }) => count.rule === rule)?.shown ?? 0;
  assert.equal(shownBy('pinned'), 2 * own);
  const page = async (language: string): Promise<string> =>
    (await app.inject(`/v1/experiments/page?language=${language}`)).body;
  const [english, chinese] = [await page('en'), await page('zh')];
  assert.match(english, /Running: 2026-11-01 to 2026-12-01 \(UTC, the last day excluded\), on 100 % of the/);
  assert.match(english, new RegExp(`Since 2026-11-10 00:00 UTC: ${own} lists`));
  const head = ['control', '50 %', 'nothing', `${own}`, '0.00', '', '', ''];
  const fresh = ['new', '50 %', 'weights model 2; policy new.json', `${40 - own}`, '0.00', '0.00', ''];
  const cells = cellsOf(english);
  assert.deepEqual(cells.slice(0, 16), [...head, ...fresh, 'below 100 shoppers a side']);
  const places = (rule: string): string => `${shownBy(rule)}`;
  assert.deepEqual(cells.slice(16), [
    ...[
      'boost: &lt;i&gt;late&lt;/i&gt;',
      'title = &quot;Item 7&quot;',
      'score × 10',
      places('<i>late</i>'),
      '',
    ],
    ...['comes last: first', 'title = &quot;Item 0&quot;', '', places('first'), ''],
    ...['pin', 'i6', 'place 1, in home alone', `${2 * own}`, ''],
    ...['pin', 'i4', 'place 2', '', ''],
  ]);
  assert.equal(cellsOf(chinese).length, cells.length);
  const left = chinese.replace(/<(style|code|td)[ >].*?<\/\1>/gs, '').replace(/<[^>]*>/g, ' ');
  assert.match(left, /实验与规则/);
  assert.doesNotMatch(left.replaceAll('trial', ''), /[a-z]{3,}/, 'no English but what the shop wrote');
});

test('a policy of a variant is read again when it changes, as after a restart; one with a fault is told once', async (t) => {
  const dir = scratch(t);
  write(dir);
  const { experiments, show } = await shop(t, dir);
  const users = Array.from({ length: 20 }, (_, at) => `u${at}`);
  const pinned = async (): Promise<Set<string>> => {
    const lists = await Promise.all(users.map(show));
    return new Set(
      lists.flatMap(({ items }) =>
        items
          .filter((item: { reason: { rules?: string[] } }) => item.reason.rules)
          .map((item: { id: string }) => item.id),
      ),
    );
  };
  assert.deepEqual(await pinned(), new Set(['i5']));
  writeFileSync(join(dir, 'new.json'), '{"pin": [{"item": "i3", "slot": 1}]} ');
  await experiments.reload();
  assert.deepEqual(await pinned(), new Set(['i3']));
  writeFileSync(join(dir, 'new.json'), '{"pin": 5}');
  await assert.rejects(experiments.reload(), { code: 'invalid_policy' });
  await experiments.reload();
  assert.match(experiments.fault!, /pin/);
  assert.deepEqual(await pinned(), new Set(['i3']));
  await experiments.settled();
  const shown = experiments.report()[0]!.variants.map(({ shoppers }) => shoppers);
  assert.equal(shown[0]! + shown[1]!, users.length, 'who took part is known after it, too');
});

test('what is only there to be tried out is no place of a list', async (t) => {
  const dir = scratch(t);
  const config = configOf({ metric: 'click' });
  config.experiments[0]!.variants[1] = { name: 'new', share: 0.5, explore: 0.3 };
  writeFileSync(join(dir, 'experiments.json'), JSON.stringify(config));
  const all = [{ name: 'all', filter: 'not (title = "")', factor: 2 }];
  writeFileSync(join(dir, 'policy.json'), JSON.stringify({ boost: all }));
  const { app, show } = await shop(t, dir);
  for (let at = 0; at < 20; at++) await show(`u${at}`);
  const { lists, rules } = (await app.inject('/v1/policy')).json();
  assert.deepEqual([lists, rules], [20, [{ rule: 'all', shown: 60, leftOut: 0 }]]);
});

test('a file with a fault is told on the page, and what was in force stays', async (t) => {
  const dir = scratch(t);
  writeFileSync(join(dir, 'policy.json'), '{"perBrand": 2}');
  const { app, experiments, engine } = await shop(t, dir);
  const page = async (): Promise<string> => (await app.inject('/v1/experiments/page')).body;
  assert.match(await page(), /Nothing is tried now.*2 at most in a list/s);
  writeFileSync(join(dir, 'policy.json'), '{"perBrand": "<b>two"}');
  writeFileSync(join(dir, 'experiments.json'), '{');
  await assert.rejects(experiments.reload());
  // The file is looked at each second.
  for (let tries = 0; engine.policyStatus?.fault === undefined && tries < 100; tries++)
    await new Promise((go) => setTimeout(go, 100));
  const { policy, fault } = (await app.inject('/v1/policy')).json();
  assert.deepEqual(policy, { perBrand: 2 });
  assert.match(fault, /perBrand/);
  assert.match((await app.inject('/v1/experiments')).json().fault, /no JSON/);
  assert.match(
    await page(),
    /experiments\.json<\/code> has a fault.*policy\.json<\/code> has a fault.*perBrand.*2 at most/s,
  );
  writeFileSync(join(dir, 'experiments.json'), '{"experiments": []}');
  await experiments.reload();
  assert.equal((await app.inject('/v1/experiments')).json().fault, undefined);
});

test('an experiment is told as it stands: sure, worse, stopped, broken, crossed', () => {
  const lift = { estimate: 0.0123, low: 0.001, high: 0.02, sure: true, relative: 0.2 };
  const variant = {
    variant: 'b',
    share: 0.5,
    changes: {},
    shoppers: 1_234,
    mean: 1_234.5,
    harms: [],
    stopped: false,
  };
  const report = {
    name: 'trial',
    state: 'ended' as const,
    from: '2026-11-01',
    to: '2026-12-01',
    traffic: 0.333,
    metric: 'revenue' as const,
    guards: ['refund' as const],
    variants: [
      { ...variant, variant: 'a' },
      { ...variant, changes: { model: 'm1', explore: 0.1 }, lift },
      { ...variant, lift, harms: ['refund' as const] },
      { ...variant, lift, harms: ['refund' as const], stopped: true },
      { ...variant, lift: { ...lift, sure: false } },
    ],
    ratio: { odds: 2_000, alarm: true },
    crossed: 7,
  };
  const page = experimentsPage({ reports: [report], holdout: 0.05 });
  const cells = cellsOf(page);
  assert.deepEqual(
    [1, 2, 3, 4].map((row) => cells[8 * row + 7]),
    ['sure', 'worse in: shoppers who sent something back', 'stopped by a guard', 'not yet told from chance'],
  );
  assert.deepEqual(cells.slice(8, 15), [
    'b',
    '50 %',
    'model m1; tries other items on 10 % of the places',
    '1234',
    '1235',
    '0.0123',
    '0.00100 … 0.0200',
  ]);
  assert.match(page, /5 % of all shoppers take part in nothing/);
  assert.match(page, /Ended: .* on 33\.3 % of .* revenue, net of refunds/);
  assert.match(
    page,
    /stopped: shoppers who sent something back\..*count in none: 7\..*believe no figure here/s,
  );
  assert.match(experimentsPage({ reports: [], holdout: 0 }), /No rule is in force/);
});
