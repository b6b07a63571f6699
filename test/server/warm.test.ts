import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { openEngine } from '../../src/recommend/index.js';
import { withUses } from '../../src/server/serve.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';
import { server } from './support.js';

test('a shop that is served has loaded what a first search needs, whoever sends it', async (t) => {
  const { cache } = createRequire(import.meta.url);
  const isLoaded = (): boolean => Object.keys(cache).some((path) => path.includes('opencc-js'));
  await server(t);
  assert.equal(isLoaded(), false);
  const dir = scratch(t);
  const engine = await openEngine({ store: openStore(dir) });
  const app = await withUses(engine, { dir });
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  assert.equal(isLoaded(), true);
});
