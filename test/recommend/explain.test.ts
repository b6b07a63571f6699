import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Profile, RecommendRequest } from '../../src/core/index.js';
import { titleFade } from '../../src/models/index.js';
import type { EngineContext, RankedList, RequestContext } from '../../src/recommend/context.js';
import { explain } from '../../src/recommend/explain.js';
import { start } from '../support/events.js';

const ids = ['shown', 'lamp', 'bulb', 'old', 'older', 'hated'];
const titles = new Map([
  ['lamp', 'Desk lamp'],
  ['bulb', ' \u200b\u00ad\t'],
  ['old', '🧦'],
]);
const minute = 60_000;

interface Known {
  bought?: Record<string, number>;
  viewed?: Record<string, number>;
  alike?: Record<string, number>;
  /** What the model says of each event. */
  parts?: number[];
  titles?: number;
}

/** A shop that knows so much of what goes with `shown`. */
function shop({ bought = {}, viewed = {}, alike = {}, parts, titles: weight = 1 }: Known): EngineContext {
  const pairs = { bought, viewed };
  return {
    catalogue: {
      id: (handle: number) => ids[handle],
      find: (id: string) => ids.indexOf(id),
      item: (handle: number) => ({ id: ids[handle] }),
      get: (id: string) => ({ id, ...(titles.has(id) && { title: titles.get(id) }) }),
    },
    relations: {
      together: (kind: 'bought' | 'viewed', seed: number) => pairs[kind][ids[seed] ?? 'gone'] ?? 0,
      similarity: (seed: number) => alike[ids[seed] ?? 'gone'] ?? 0,
    },
    state: {
      meaning: (type: string) => (type === 'achat' ? 'purchase' : type),
      statistics: { has: () => true },
    },
    popular: { rising: false },
    model: parts && {
      model: { shelf: { titles: weight } },
      attribute: () => new Map([[0, Float32Array.from(parts)]]),
      knows: () => true,
    },
  } as unknown as EngineContext;
}

/** The lamp two minutes ago, then the bulb; before them other things, one of which repelled. */
const profile: Profile = {
  user: 'u',
  total: 6,
  counters: {},
  events: [
    { type: 'view', item: 'older', weight: 1, time: start - 2e8 },
    { type: 'view', item: 'old', weight: 1, time: start - 1e8 },
    { type: 'dislike', item: 'hated', weight: -1, time: start - 9e7 },
    { type: 'view', item: 'lamp', weight: 1, time: start - 2 * minute },
    { type: 'dislike', item: 'lamp', weight: -1, time: start - 2 * minute },
    { type: 'achat', item: 'bulb', weight: 1, time: start - minute },
  ],
};

function why(
  known: Known,
  list: Partial<RankedList> = {},
  scenario: RecommendRequest['scenario'] = 'home',
  of = profile,
) {
  const context = { request: { user: 'u', scenario }, profile: of, now: start } as RequestContext;
  const { kind, text, items } = explain(
    shop(known),
    context,
    { handles: [0], score: () => 1, ...list },
    [0],
  )[0]!;
  return { kind, text, shares: items.map(({ id, share }) => [id, Number(share.toFixed(3))]), items };
}

test('what the shopper just did is evidence by what joins it to the item, the newest most', () => {
  const { shares, text, items } = why({ bought: { bulb: 0.2 }, viewed: { lamp: 0.5 }, alike: { bulb: 0.1 } });
  // .7 · .5 of the lamp, 1 · .2 of the bulb.
  assert.deepEqual(shares, [
    ['lamp', 0.636],
    ['bulb', 0.364],
  ]);
  assert.equal(text, 'Because you viewed Desk lamp');
  assert.deepEqual(items[0], {
    id: 'lamp',
    title: 'Desk lamp',
    event: 'view',
    time: start - 2 * minute,
    share: items[0]!.share,
  });
  assert.equal(
    why({ bought: { bulb: 0.2 } }).text,
    'Because you bought bulb',
    'a type of the site by its meaning, and an item by its id where its title shows nothing',
  );
});

test('what came before the session counts by its title, each one before it less; what repels never', () => {
  const alike = { old: 0.4, older: 0.4, hated: 1 };
  const [old, older] = [1, titleFade(1)];
  const share = (of: number) => Number((of / (old + older)).toFixed(3));
  assert.deepEqual(why({ alike }).shares, [
    ['old', share(old)],
    ['older', share(older)],
  ]);
  assert.deepEqual(why({ alike, parts: [], titles: 0 }).kind, 'model', 'where titles count nothing');
});

test('before a model, what was bought or looked at with it another day counts, too', () => {
  assert.deepEqual(why({ bought: { old: 0.4 } }).shares, [['old', 1]]);
  assert.deepEqual(why({ viewed: { older: 0.4 } }).shares, [['older', 1]]);
  assert.equal(
    why({ viewed: { older: 0.4 }, parts: [] }).kind,
    'model',
    'not where one says what goes with what',
  );
});

test('an item that has left the catalogue speaks for nothing, in the session and before it', () => {
  const view = (item: string, time: number) => ({ type: 'view', item, weight: 1, time });
  const events = [
    view('left long ago', start - 2e8),
    view('old', start - 1e8),
    view('left', start - 2 * minute),
    view('bulb', start - minute),
  ];
  const shares = (known: Known) => why(known, {}, 'home', { ...profile, events }).shares;
  assert.deepEqual(shares({ bought: { gone: 0.9, bulb: 0.2 } }), [['bulb', 1]]);
  assert.deepEqual(shares({ alike: { gone: 0.9, old: 0.4 } }), [['old', 1]]);
});

test('what the model says of each event counts as shares of 1; at most three are shown, none that is faint', () => {
  const parts = [4, 0, -8, 1, 0, 0];
  // The model: older .8, lamp .2. The session: the lamp's .7 · 1.
  assert.deepEqual(why({ parts, viewed: { lamp: 1 } }).shares, [
    ['lamp', 0.529],
    ['older', 0.471],
  ]);
  assert.deepEqual(why({ parts: [10, 200, 0, 100, 0, 60] }).shares, [
    ['old', 0.541],
    ['lamp', 0.27],
    ['bulb', 0.162],
  ]);
  assert.equal(why({ parts: [99, 0, 0, 0, 0, 1] }).shares.length, 1, 'one per cent is faint');
  assert.deepEqual(why({ parts: [0, 0, -1, 0, 0, 0] }), {
    kind: 'model',
    text: 'Chosen from all you have looked at and bought',
    shares: [],
    items: [],
  });
});

test('what speaks for nothing is popular; guests are new, what is due is due', () => {
  assert.equal(why({}).text, 'Popular in this shop');
  assert.equal(why({ viewed: { lamp: 1 } }, { score: () => 0 }).kind, 'popular');
  assert.equal(why({ viewed: { lamp: 1 } }, { fresh: new Set([0]) }).kind, 'because', 'it has a score');
  assert.equal(why({ viewed: { lamp: 1 } }, { fresh: new Set([0]), score: () => 0 }).kind, 'new');
  assert.equal(why({ viewed: { lamp: 1 } }, { due: new Set([0]) }).kind, 'due');
});

test('seeds speak for what they were bought with by how often, and alike for what is like them', () => {
  const seeds = [1, 2];
  const bought = { lamp: 0.1, bulb: 0.3 };
  assert.deepEqual(why({ bought }, { seeds }, 'basket').shares, [
    ['bulb', 0.75],
    ['lamp', 0.25],
  ]);
  assert.equal(why({ bought }, { seeds }, 'basket').text, 'Often bought with bulb and Desk lamp');
  assert.equal(why({ viewed: { lamp: 1 } }, { seeds }, 'complement').kind, 'popular');
  assert.deepEqual(why({}, { seeds: [1] }, 'similar').text, 'Like Desk lamp');
  assert.deepEqual(why({}, { seeds: [3] }, 'similar').text, 'Like 🧦');
});
