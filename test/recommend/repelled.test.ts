import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openCatalogue, TitleIndex } from '../../src/catalogue/index.js';
import { type Event, silent } from '../../src/core/index.js';
import { openState } from '../../src/projections/index.js';
import type { EngineContext } from '../../src/recommend/context.js';
import { Relations } from '../../src/recommend/relations.js';
import { repelled } from '../../src/recommend/repelled.js';
import { memoryStore } from '../../src/storage/index.js';
import { event, start } from '../support/events.js';

test('what is like an item that was disliked is repelled with it, unless something liked is as near', async () => {
  const store = memoryStore();
  const catalogue = openCatalogue(store.facts);
  await catalogue.put([
    { id: 'ghost', title: 'haunted manor ghost story' },
    { id: 'twin', title: 'haunted manor ghost tale' },
    { id: 'pen', title: 'green fountain pen' },
    { id: 'tale', title: 'haunted manor ghost tale again' },
  ]);
  const state = await openState(store, {}, silent, catalogue.dictionary);
  const context = {
    catalogue,
    state,
    relations: new Relations(state, new TitleIndex(catalogue)),
  } as unknown as EngineContext;
  const tell = async (user: string, type: string, id: string): Promise<void> => {
    const each: Event = event({ id: `${user}-${type}-${id}`, user, type, items: [{ id }] });
    const [appended] = await store.log.append([each]);
    state.apply(appended!.offset, each);
  };
  const repels = (user: string, id: string): boolean | undefined =>
    repelled(context, state.profile(user, start))?.(catalogue.find(id));
  await tell('plain', 'view', 'pen');
  assert.equal(repels('plain', 'twin'), undefined, 'nothing was disliked');
  await tell('cross', 'view', 'pen');
  await tell('cross', 'dislike', 'ghost');
  assert.equal(repels('cross', 'twin'), true);
  assert.equal(repels('cross', 'pen'), false);
  await tell('torn', 'dislike', 'ghost');
  await tell('torn', 'view', 'tale');
  assert.equal(repels('torn', 'twin'), false, 'what they like is nearer');
  await catalogue.put([
    { id: 'mask', title: 'carnival mask of the old king in red velvet', category: 'horror' },
    { id: 'fang', title: 'vampire teeth two pairs made from soft rubber', category: 'horror' },
    {
      id: 'cape',
      title: 'long black silk cape with silver collar lined',
      category: 'horror',
      categories: ['clothes'],
    },
    { id: 'hat', title: 'straw summer panama narrow brim woven by hand', category: 'clothes' },
  ]);
  await tell('bored', 'dislike', 'mask');
  assert.equal(repels('bored', 'fang'), true, 'they dislike more of its kind than they like');
  assert.equal(repels('bored', 'cape'), false, 'one of its kinds is not disliked');
  await tell('bored', 'dislike', 'hat');
  assert.equal(repels('bored', 'cape'), true);
  await tell('bored', 'view', 'fang');
  assert.equal(repels('bored', 'cape'), false, 'as many of one kind are liked');
});
