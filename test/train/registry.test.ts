import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Packr } from 'msgpackr';
import { EndcapError, silent } from '../../src/core/index.js';
import { itemKnn, type Model, popularity, type Recommender, sasrec } from '../../src/models/index.js';
import { openStore } from '../../src/storage/index.js';
import { Registry } from '../../src/train/index.js';
import { dataset } from '../models/support.js';
import { scratch } from '../support/events.js';

const lists = [
  ['a', 'b', 'c'],
  ['b', 'c', 'a'],
  ['c', 'a', 'd'],
];

function open(t: TestContext) {
  const dir = scratch(t);
  const store = openStore(dir);
  t.after(() => store.close());
  const registry = new Registry(store.objects);
  let saved = 0;
  const save = async (recommender: Recommender, options: object = {}): Promise<string> => {
    const data = dataset(lists);
    const model = await recommender.fit(data, { ...recommender.defaults, ...options, seed: 1 }, silent);
    const created = new Date(Date.UTC(2026, 0, 1) + saved++).toISOString();
    return registry.save(model, manifest(model, created));
  };
  return { registry, save, folder: (version: string) => join(dir, 'objects', 'models', version), dir };
}

const manifest = (model: Model, created: string) => ({
  model: model.name,
  options: {},
  seed: 1,
  data: { fingerprint: 'f', logOffset: 3, until: created, interactions: 9, items: model.items.size },
  split: { days: 28, validation: created, test: created },
  code: '0',
  created,
  metrics: { validation: {}, test: {} },
});

const refused =
  (pattern: RegExp, code = 'model_corrupt') =>
  (error: unknown): boolean =>
    error instanceof EndcapError && error.code === code && pattern.test(error.message);

const algorithms = [popularity, itemKnn];

test('the registry deploys atomically and goes back', async (t) => {
  const { registry, save } = open(t);
  assert.equal(await registry.deployed(), undefined);
  await assert.rejects(registry.rollback(), /before this one/);
  const [first, second] = [await save(algorithms[0]!), await save(algorithms[0]!)];
  assert.notEqual(first, second, 'models of one second are two');
  await registry.deploy(first);
  await registry.deploy(second);
  assert.equal(await registry.deployed(), second);
  assert.equal(await registry.rollback(), first);
  assert.equal(await registry.deployed(), first);
  await registry.deploy(second);
  await registry.deploy(first);
  assert.equal(await registry.rollback(), second, 'deploying again moves a version to the front');
  assert.deepEqual((await registry.list()).map(({ version }) => version).sort(), [first, second].sort());
});

test('whatever is damaged is refused by its fault, and what served goes on serving', async (t) => {
  const { registry, save, folder } = open(t);
  const good = await save(algorithms[0]!);
  await registry.deploy(good);
  const damage = async (
    change: (path: string, manifest: Record<string, unknown>) => void,
    pattern: RegExp,
  ) => {
    const version = await save(algorithms[1]!);
    const path = folder(version);
    change(path, JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8')));
    await assert.rejects(registry.deploy(version), refused(pattern));
    assert.equal(await registry.deployed(), good);
    const listed = (await registry.list()).find((each) => each.version === version);
    assert.ok(listed, 'it is still listed');
  };
  const bin = 'model.bin';
  const rewrite = (path: string, content: object): void =>
    writeFileSync(join(path, 'manifest.json'), JSON.stringify(content));
  await damage(
    (path) => writeFileSync(join(path, bin), readFileSync(join(path, bin)).subarray(0, 10)),
    /model\.bin is altered/,
  );
  await damage((path) => {
    const bytes = readFileSync(join(path, bin));
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(join(path, bin), bytes);
  }, /model\.bin is altered/);
  await damage((path) => rmSync(join(path, bin)), /model\.bin is missing/);
  await damage(
    (path) => writeFileSync(join(path, 'manifest.json'), '{'),
    /manifest\.json is damaged: it is no JSON/,
  );
  await damage(
    (path, content) => rewrite(path, { ...content, files: undefined }),
    /manifest\.json is damaged: it .*files/,
  );
  await damage(
    (path, content) => rewrite(path, { ...content, data: { ...(content.data as object), items: 'x' } }),
    /manifest\.json is damaged: \/data\/items must be/,
  );
  await damage(
    (path, content) => rewrite(path, { ...content, model: 'oracle' }),
    /knows no algorithm "oracle"/,
  );
  await damage((path, content) => rewrite(path, { ...content, files: {} }), /no file model\.bin/);
  await damage(
    (path, content) => rewrite(path, { ...content, data: { ...(content.data as object), items: 9 } }),
    /holds 4 items where its manifest says 9/,
  );
});

/** Fields of the contents that are forged, of whichever algorithm. */
interface Forged {
  scores: Float32Array;
  neighbours: { row: Uint32Array; start: Uint32Array };
  weights: { items: Float32Array };
  options: { width: number };
}

test('wrong shapes under a right checksum are refused', async (t) => {
  const { registry, save, folder } = open(t);
  const packr = new Packr({ useRecords: false, moreTypes: true });
  const forge = async (recommender: Recommender, options: object, change: (content: Forged) => void) => {
    const version = await save(recommender, options);
    const path = folder(version);
    const content = packr.unpack(readFileSync(join(path, 'model.bin')));
    change(content);
    const bytes = packr.pack(content);
    writeFileSync(join(path, 'model.bin'), bytes);
    const manifest = JSON.parse(readFileSync(join(path, 'manifest.json'), 'utf8'));
    manifest.files['model.bin'] = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(path, 'manifest.json'), JSON.stringify(manifest));
    await assert.rejects(registry.deploy(version), refused(/refused/));
  };
  const tiny = { width: 8, epochs: 1, length: 8 };
  await forge(algorithms[0]!, {}, (content) => {
    content.scores = content.scores.slice(0, 2);
  });
  await forge(algorithms[0]!, {}, (content) => {
    content.scores[1] = Number.NaN;
  });
  await forge(algorithms[1]!, {}, (content) => {
    content.neighbours.row.fill(4_000_000);
  });
  await forge(algorithms[1]!, {}, (content) => {
    content.neighbours.start = content.neighbours.start.slice(0, 2);
  });
  await forge(sasrec, tiny, (content) => {
    content.weights.items = content.weights.items.slice(8);
  });
  await forge(sasrec, tiny, (content) => {
    content.options.width = 16;
  });
  await forge(sasrec, tiny, (content) => {
    content.weights.items.fill(Number.POSITIVE_INFINITY);
  });
});

test('a model of another format is refused in a sentence that says what to do', async (t) => {
  const { registry, save, folder } = open(t);
  const version = await save(algorithms[0]!);
  const path = join(folder(version), 'manifest.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  assert.equal(manifest.format, 2);
  for (const format of [undefined, 1, 3, 'two']) {
    writeFileSync(path, JSON.stringify({ ...manifest, format }));
    const sentence = /was written by Endcap 0 in format \S+, and this version reads format 2/;
    await assert.rejects(registry.load(version), refused(sentence, 'model_outdated'));
    const [listed] = await registry.list();
    assert.ok(listed && 'fault' in listed && sentence.test(listed.fault));
  }
});

test('what the shelf is made of is kept with the model', async (t) => {
  const { registry } = open(t);
  const model = await popularity.fit(dataset(lists), { ...popularity.defaults, seed: 1 }, silent);
  const shelf = { model: 1, session: 0.5, titles: 0.1, popular: 0.2, variants: true };
  const version = await registry.save(model, { ...manifest(model, new Date(0).toISOString()), shelf });
  assert.deepEqual((await registry.load(version)).shelf, shelf);
});

test('no manifest, no model: what a killed save left behind is listed as such', async (t) => {
  const { registry, save, folder } = open(t);
  const version = await save(algorithms[0]!);
  rmSync(join(folder(version), 'manifest.json'));
  await assert.rejects(registry.deploy(version), refused(/has no manifest\.json/, 'unknown_model'));
  assert.deepEqual(await registry.list(), [
    { version, fault: `There is no model ${version}: it has no manifest.json` },
  ]);
  await assert.rejects(registry.deploy('../../etc'), (error) => error instanceof EndcapError);
});

test('a damaged pointer says how to mend it', async (t) => {
  const { registry, save, dir } = open(t);
  await registry.deploy(await save(algorithms[0]!));
  writeFileSync(join(dir, 'objects', 'models', 'deployed.json'), '["a"');
  await assert.rejects(registry.deployed(), refused(/deployed\.json is damaged/, 'registry_corrupt'));
});

test('a full disk while saving leaves nothing behind', async (t) => {
  const dir = scratch(t);
  const store = openStore(dir);
  t.after(() => store.close());
  let puts = 0;
  const objects = {
    ...store.objects,
    get: (key: string) => store.objects.get(key),
    list: (prefix: string) => store.objects.list(prefix),
    delete: (key: string) => store.objects.delete(key),
    async put(key: string, bytes: Uint8Array) {
      if (++puts > 1) throw new EndcapError('disk_full', 'The disk is full');
      await store.objects.put(key, bytes);
    },
  };
  const model = await popularity.fit(dataset(lists), { ...popularity.defaults, seed: 1 }, silent);
  const registry = new Registry(objects);
  await assert.rejects(
    registry.save(model, manifest(model, new Date(0).toISOString())),
    refused(/full/, 'disk_full'),
  );
  assert.deepEqual(await store.objects.list('models/'), []);
});
