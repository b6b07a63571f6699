import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { type Event, random } from '../../src/core/index.js';
import { openEngine } from '../../src/recommend/index.js';
import { serve } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));
const shoppers = 300;

/** Half a year of a shop: views, carts, orders, and names that want quotes. */
function history(now: number): Event[] {
  const next = random(17);
  return Array.from({ length: 6_000 }, (_, at) => {
    const bought = at % 5 === 0;
    const item = `S${next.int(60)}`;
    return {
      id: `e${at}`,
      type: bought ? 'purchase' : at % 7 === 0 ? 'add_to_cart' : 'view',
      user: `kunde "${next.int(shoppers)}", 顾客`,
      items: [
        { id: item, quantity: 1, price: 5 },
        ...(bought ? [{ id: 'S, "1"', quantity: 2, price: 3.5 }] : []),
      ],
      // The last ones are on a visit.
      time: now - (6_000 - at) * (at < 5_980 ? 2_600_000 : 20_000),
    };
  });
}

/** A file as DuckDB reads it. */
async function table(file: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const readers = { csv: 'read_csv', parquet: 'read_parquet', jsonl: 'read_ndjson_objects' };
  const format = file.split('.').at(-1) as keyof typeof readers;
  const options = format === 'csv' ? ', all_varchar = true' : '';
  const found = await connection.runAndReadAll(`SELECT * FROM ${readers[format]}('${file}'${options})`);
  const rows = found.getRowObjectsJson() as Record<string, unknown>[];
  return format === 'jsonl' ? rows.map(({ json }) => JSON.parse(String(json))) : rows;
}

/** A cell by what it says: numbers and JSON are text in a CSV. */
const value = (cell: unknown): unknown => {
  if (typeof cell !== 'string') return cell;
  try {
    return JSON.parse(cell);
  } catch {
    return cell;
  }
};

test('profiles, recommendations and predictions in each format say what the API says', {
  timeout: 280_000,
}, async (t) => {
  const dir = join(scratch(t), 'shop');
  mkdirSync(dir);
  // What fades fades with the clock: stopped, the file and the API say the same to the last digit.
  const now = Date.now();
  const engine = await openEngine({ store: openStore(dir), clock: () => now });
  await engine.catalogue.put([
    ...Array.from({ length: 60 }, (_, at) => ({
      id: `S${at}`,
      title: `Thing ${at}`,
      category: `c${at % 6}`,
    })),
    { id: 'S, "1"', title: 'Often bought' },
  ]);
  const events = history(now);
  for (let at = 0; at < events.length; at += 500) await engine.ingest(events.slice(at, at + 500));
  const server = await serve(engine, { port: 0, dir });
  t.after(() => server.close());
  const users = [...new Set(events.map(({ user }) => user))];
  assert.equal(users.length, shoppers);
  const ask = async (path: string, body?: object) => {
    const headers = { 'content-type': 'application/json' };
    const post = { method: 'POST', headers, body: JSON.stringify(body) };
    const answer = await fetch(`${server.url}${path}`, body && post);
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  const ten = [...users.filter((_, at) => at % 60 === 0), ...events.slice(-5).map(({ user }) => user)];
  for (const format of ['csv', 'jsonl', 'parquet']) {
    const out = async (what: string): Promise<Record<string, unknown>[]> => {
      const file = join(dir, `${what}.${format}`);
      await promisify(execFile)(process.execPath, [
        main,
        'export',
        what,
        '--to',
        file,
        '--dir',
        dir,
        '--server',
        server.url,
      ]);
      return table(file);
    };
    const profiles = await out('profiles');
    assert.deepEqual(
      profiles.map(({ user }) => user),
      users,
      format,
    );
    const recommended = await out('recommendations');
    const lists = new Map<string, Record<string, unknown>[]>();
    for (const row of recommended) lists.set(String(row.user), [...(lists.get(String(row.user)) ?? []), row]);
    assert.deepEqual([...lists.keys()], users, format);
    const predictions = await out('predictions');
    assert.deepEqual(
      predictions.map(({ user }) => user),
      users,
      format,
    );
    for (const user of ten) {
      const profile = await ask(`/v1/users/${encodeURIComponent(user)}/profile`);
      const written = profiles.find((row) => row.user === user)!;
      for (const field of Object.keys(written))
        assert.deepEqual(
          field === 'user' ? written[field] : (value(written[field]) ?? undefined),
          profile[field],
          `${format} ${user} ${field}`,
        );
      const { items, model } = await ask('/v1/recommend', { user, scenario: 'home', count: 10 });
      const own = lists.get(user)!;
      const entries = (format === 'jsonl' ? own[0]!.items : own) as Record<string, unknown>[];
      assert.equal(own[0]!.model, model);
      assert.deepEqual(
        entries.map((row) => row.item_id ?? row.id),
        items.map(({ id }: Event) => id),
        `${format} ${user}`,
      );
      assert.deepEqual(
        entries.map(({ score }) => Number(score)),
        items.map(({ score }: { score: number }) => score),
        `${format} ${user}`,
      );
      if (format !== 'jsonl')
        assert.deepEqual(
          entries.map(({ rank }) => Number(rank)),
          items.map((_: unknown, at: number) => at + 1),
        );
      const intent = await ask('/v1/intent', { user });
      const said = predictions.find((row) => row.user === user)!;
      const { visit_purchase_probability = said.probability, next_purchase = said.nextPurchase } = said;
      assert.deepEqual(
        [value(visit_purchase_probability), said.basis, value(next_purchase) ?? undefined, value(said.items)],
        [intent.probability, intent.basis, intent.nextPurchase, intent.items],
        `${format} ${user}`,
      );
    }
  }
});
