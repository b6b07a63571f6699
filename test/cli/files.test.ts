import assert from 'node:assert/strict';
import { execFile, spawn, spawnSync } from 'node:child_process';
import {
  type Dirent,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Event } from '../../src/core/index.js';
import { openStoreToRead } from '../../src/storage/index.js';
import { trial } from '../prepare/support.js';
import { scratch } from '../support/events.js';

const main = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

async function endcap(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [main, ...args]);
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

async function logOf(dir: string): Promise<Event[]> {
  const store = openStoreToRead(dir);
  try {
    const events: Event[] = [];
    for await (const { event } of store.log.read(0)) events.push(event);
    return events;
  } finally {
    await store.close();
  }
}

/** What the log says was bought in an order, refunds taken off. */
function bought(events: readonly Event[], order: string): Record<string, number> {
  const units: Record<string, number> = {};
  for (const { type, items, session } of events)
    for (const { id, quantity = 1 } of session === order ? items : [])
      units[id] = (units[id] ?? 0) + (type === 'refund' ? -quantity : quantity);
  return Object.fromEntries(Object.entries(units).filter(([, count]) => count !== 0));
}

test('a file of which nothing can be used ends with 2 and shows the first reasons and rows', async (t) => {
  const { code, err } = await endcap('import', trial('19-placeholder-users.csv'), '--dir', scratch(t));
  assert.equal(code, 2);
  assert.match(
    err,
    /None of 11 rows can be used: .*9 missing_user.*19-placeholder-users\.csv row 1: missing_user/,
  );
  assert.equal(err.trimEnd().split('\n').at(-1)!.startsWith('endcap: '), true);
});

test('a mapping that names a column twice is refused', async (t) => {
  const dir = scratch(t);
  const file = trial('08-excel-sep-line.csv');
  for (const columns of ['{"user":"user","item":"user"}', '{"user":"user","user":"item"}']) {
    writeFileSync(join(dir, 'm.json'), `{"columns":${columns}}`);
    const { code, err } = await endcap(
      'import',
      file,
      '--mapping',
      join(dir, 'm.json'),
      '--dir',
      join(dir, 'shop'),
    );
    assert.equal(code, 2, columns);
    assert.match(err, /names a column twice/);
  }
});

test('an order that a later export changes is brought up to date, once', async (t) => {
  const dir = scratch(t);
  const header = 'order_id,user_id,item_id,time,quantity,price';
  const orders = (lines: readonly string[]): string => {
    const path = join(dir, 'orders.csv');
    writeFileSync(path, `${header}\n${lines.join('\n')}\n`);
    return path;
  };
  const line = (order: string, item: string, quantity: number): string =>
    `${order},u1,${item},2025-01-01 10:00,${quantity},9.5`;
  const shop = join(dir, 'shop');
  const run = async (lines: readonly string[]) => {
    const { code, out, err } = await endcap('import', orders(lines), '--dir', shop, '--json');
    assert.equal(code, 0, err);
    return JSON.parse(out) as {
      stored: number;
      duplicates: number;
      edits: { orders: number; unitsAdded: number; unitsTaken: number };
    };
  };
  await run([line('o1', 'S10001', 2), line('o1', 'S10002', 1), line('o2', 'S10001', 1)]);
  const edited = [line('o1', 'S10001', 5), line('o1', 'S10003', 1), line('o2', 'S10001', 1)];
  const { edits } = await run(edited);
  assert.deepEqual([edits.orders, edits.unitsAdded, edits.unitsTaken], [1, 4, 1]);
  assert.deepEqual(bought(await logOf(shop), 'o1'), { S10001: 5, S10003: 1 });
  const again = await run(edited);
  assert.deepEqual([again.stored, again.edits.orders], [0, 0]);
  await run([line('o1', 'S10001', 2), line('o1', 'S10002', 1), line('o2', 'S10001', 1)]);
  const back = await run([line('o1', 'S10001', 2), line('o1', 'S10002', 1), line('o2', 'S10001', 1)]);
  assert.equal(back.edits.orders, 0, 'what is so already');
  assert.deepEqual(bought(await logOf(shop), 'o1'), { S10001: 2, S10002: 1 }, 'back');
  await run(edited);
  const events = await logOf(shop);
  assert.deepEqual(bought(events, 'o1'), { S10001: 5, S10003: 1 }, 'there and back');
  assert.deepEqual(bought(events, 'o2'), { S10001: 1 });
  // A line that is set aside is not taken for one that was removed.
  await run([line('o1', 'S10001', 5), `o1,u1,S10003,2025-01-01 10:00,many,9.5`, line('o2', 'S10001', 1)]);
  assert.deepEqual(bought(await logOf(shop), 'o1'), { S10001: 5, S10003: 1 });
});

test('an order that a later export says was cancelled is taken back, once', async (t) => {
  const dir = scratch(t);
  const run = async (status: string) => {
    const rows = `o1,u1,A,2025-01-01,2,5,${status}\no2,u1,B,2025-01-02,1,5,paid\n`;
    writeFileSync(join(dir, 'o.csv'), `order_id,user_id,item_id,time,quantity,price,status\n${rows}`);
    const { code, out, err } = await endcap(
      'import',
      join(dir, 'o.csv'),
      '--dir',
      join(dir, 'shop'),
      '--json',
    );
    assert.equal(code, 0, err);
    return (JSON.parse(out) as { edits: { unitsTaken: number } }).edits.unitsTaken;
  };
  assert.deepEqual([await run('paid'), await run('Cancelled'), await run('Cancelled')], [0, 2, 0]);
  const events = await logOf(join(dir, 'shop'));
  assert.deepEqual([bought(events, 'o1'), bought(events, 'o2')], [{}, { B: 1 }]);
});

test('what a later export says was given back is taken back of what was logged, once', async (t) => {
  const dir = scratch(t);
  const line = (order: string, day: number, quantity: number): string =>
    `${order},u1,S10001,2025-01-0${day} 10:00,${quantity},9.5`;
  const run = async (shop: string, lines: readonly string[]) => {
    writeFileSync(join(dir, 'o.csv'), `order_id,user_id,item_id,time,quantity,price\n${lines.join('\n')}\n`);
    const { code, err } = await endcap('import', join(dir, 'o.csv'), '--dir', shop);
    assert.equal(code, 0, err);
    return (await logOf(shop)).reduce(
      (units, { type, items }) => units + (type === 'refund' ? -1 : 1) * items[0]!.quantity!,
      0,
    );
  };
  const sale = line('o1', 1, 3);
  const whole = join(dir, 'whole');
  assert.equal(await run(whole, [sale]), 3);
  for (const _ of [1, 2]) assert.equal(await run(whole, [sale, line('o1', 5, -3)]), 0);
  // The return alone first, then an export of everything, which has it again.
  const again = join(dir, 'again');
  assert.equal(await run(again, [sale]), 3);
  assert.equal(await run(again, [line('r1', 5, -2)]), 1);
  for (const _ of [1, 2]) assert.equal(await run(again, [sale, line('r1', 5, -2)]), 1);
});

test('a return in a later file finds what an earlier import bought, once, and no more than that', async (t) => {
  const dir = scratch(t);
  const shop = join(dir, 'shop');
  const put = (name: string, ...lines: string[]): string => {
    const path = join(dir, name);
    writeFileSync(path, ['order_id;user_id;sku;order_date;quantity;price', ...lines].join('\n'));
    return path;
  };
  const sold = put('sold.csv', '1;ann;S10001;2025-01-03 10:00;5;9', '2;bob;S10002;2025-01-04 10:00;1;9');
  const back = put(
    'back.csv',
    'C1;ann;S10001;2025-02-03 10:00;-2;9',
    'C2;bob;S10002;2025-02-03 10:00;-2;9',
    'C3;bob;S10001;2025-02-03 10:00;-1;9',
    'C4;ann;S10001;2025-01-02 10:00;-1;9',
    '9;ann;S10002;2025-02-04 10:00;1;9',
  );
  assert.equal((await endcap('import', sold, '--dir', shop)).code, 0);
  const { out } = await endcap('import', back, '--dir', shop);
  assert.match(out, /1 returns of what was imported before/);
  const refunds = (await logOf(shop)).filter(({ type }) => type === 'refund');
  assert.deepEqual(
    refunds.map(({ user, items }) => [user, items[0]!.id, items[0]!.quantity]),
    [['ann', 'S10001', 2]],
  );
  const size = (await logOf(shop)).length;
  await endcap('import', back, '--dir', shop);
  assert.equal((await logOf(shop)).length, size, 'reading it again changes nothing');
  const more = put('more.csv', 'C5;ann;S10001;2025-03-03 10:00;-4;9', 'C6;ann;S10001;2025-03-04 10:00;-3;9');
  await endcap('import', more, '--dir', shop);
  assert.deepEqual(
    (await logOf(shop)).filter(({ type }) => type === 'refund').map(({ session }) => session),
    ['C1', 'C6'],
    'four of the three that are left cannot come back',
  );
});

test('orders without titles and a catalogue make a shop; a second import of it changes nothing', async (t) => {
  const dir = scratch(t);
  writeFileSync(
    join(dir, 'orders.csv'),
    'order_id,user_id,item_id,time,quantity,price\n1,u1,S10001,2025-01-01 10:00,1,9.5\n',
  );
  writeFileSync(
    join(dir, 'items.csv'),
    'sku,title,price,colour\nS10001,Blue mug,12,blue\nS10002,Red plate,5,red\n',
  );
  const shop = join(dir, 'shop');
  const first = await endcap(
    'import',
    join(dir, 'orders.csv'),
    '--items',
    join(dir, 'items.csv'),
    '--dir',
    shop,
  );
  assert.equal(first.code, 0, first.err);
  const second = await endcap('import', '--items', join(dir, 'items.csv'), '--dir', shop, '--json');
  const { added, changed, unchanged } = JSON.parse(second.out) as Record<string, number>;
  assert.deepEqual([added, changed, unchanged], [0, 0, 2]);
  const file = join(dir, 'out.jsonl');
  assert.equal((await endcap('export', 'items', '--to', file, '--dir', shop)).code, 0);
  assert.deepEqual(
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text) as object),
    [
      { id: 'S10001', title: 'Blue mug', price: 12, attributes: { colour: 'blue' } },
      { id: 'S10002', title: 'Red plate', price: 5, attributes: { colour: 'red' } },
    ],
  );
  assert.deepEqual(readdirSync(join(shop, 'tmp')), [], 'no temporary files are left');
});

test('what is exported as CSV or Parquet comes back the same, and an interrupted export goes on', {
  timeout: 280_000,
}, async (t) => {
  const dir = scratch(t);
  const shop = join(dir, 'shop');
  const events = Array.from({ length: 5_000 }, (_, at): Event => {
    const event: Event = {
      id: `e${at}`,
      type: at % 3 ? 'view' : 'purchase',
      user: `u"${at % 40}`,
      items: [{ id: `S${at % 100}` }],
      time: 1.7e12 + 1000 * at,
    };
    if (at % 3 === 0)
      event.items = [
        { id: 'A, "B"', quantity: 2, price: 3.5 },
        { id: 'A, "B"', quantity: 2, price: 3.5 },
        { id: 'C', quantity: 1 },
      ];
    if (at % 3 === 0) event.currency = 'EUR';
    if (at % 7 === 0) event.context = { page: 'home, "front"', new: true };
    if (at % 50 === 1) Object.assign(event, { type: 'search', items: [], query: 'blue\nmug' });
    return event;
  });
  writeFileSync(join(dir, 'events.jsonl'), events.map((event) => `${JSON.stringify(event)}\n`).join(''));
  assert.equal((await endcap('import', join(dir, 'events.jsonl'), '--dir', shop)).code, 0);
  const logged = await logOf(shop);
  assert.equal(logged.length, events.length);
  for (const format of ['csv', 'parquet']) {
    const file = join(dir, `out.${format}`);
    assert.equal((await endcap('export', 'events', '--to', file, '--dir', shop)).code, 0);
    const copy = join(dir, `copy-${format}`);
    const { code, err } = await endcap('import', file, '--dir', copy);
    assert.equal(code, 0, err);
    assert.deepEqual(await logOf(copy), logged, format);
  }
  // Killed somewhere behind a mark, with some more written than the mark knows of.
  const whole = readFileSync(join(dir, 'out.csv'), 'utf8');
  const half = join(dir, 'half.csv');
  const killed = async (to: string, ...more: string[]): Promise<void> => {
    const run = spawn(process.execPath, [main, 'export', 'events', '--to', to, '--dir', shop, ...more]);
    const ended = new Promise((end) => run.on('exit', end));
    while (!existsSync(`${to}.part.json`) && run.exitCode === null)
      await new Promise((go) => setTimeout(go, 1));
    run.kill('SIGKILL');
    await ended;
    assert.ok(!existsSync(to), 'nothing has the name before it is whole');
  };
  await killed(half);
  writeFileSync(`${half}.part`, 'rubbish', { flag: 'a' });
  const { out } = await endcap('export', 'events', '--to', half, '--dir', shop, '--json');
  assert.ok((JSON.parse(out) as { resumedAt: number }).resumedAt >= 2_000, out);
  assert.equal(readFileSync(half, 'utf8'), whole);
  assert.ok(!existsSync(`${half}.part`) && !existsSync(`${half}.part.json`));
  // What is left of another shop, or is not all there any more, is not gone on with.
  await killed(join(dir, 'other.csv'));
  const other = ['export', 'events', '--to', join(dir, 'other.csv'), '--json', '--dir'];
  const fresh = await endcap(...other, join(dir, 'copy-csv'));
  assert.equal((JSON.parse(fresh.out) as { resumedAt: number }).resumedAt, 0);
  assert.equal(readFileSync(join(dir, 'other.csv'), 'utf8'), whole);
  await killed(half.replace('half', 'short'));
  writeFileSync(join(dir, 'short.csv.part'), whole.slice(0, 10));
  await endcap('export', 'events', '--to', join(dir, 'short.csv'), '--dir', shop);
  assert.equal(readFileSync(join(dir, 'short.csv'), 'utf8'), whole);
});

test('nothing is exported of who was erased; a folder is no file to write', async (t) => {
  const dir = scratch(t);
  const shop = join(dir, 'shop');
  const header = 'user_id,item_id,type,time\n';
  const row = (user: string, second: number): string => `${user},S1,view,2025-01-01 10:00:0${second}\n`;
  writeFileSync(join(dir, 'a.csv'), header + row('ann', 1) + row('bob', 2) + row('cyd', 3));
  assert.equal((await endcap('import', join(dir, 'a.csv'), '--dir', shop)).code, 0);
  assert.equal((await endcap('erase', 'bob', '--dir', shop)).code, 0);
  const to = join(dir, 'out.csv');
  const events = await endcap('export', 'events', '--to', to, '--dir', shop, '--json');
  assert.equal((JSON.parse(events.out) as { records: number }).records, 2, events.err);
  const users = readFileSync(to, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(',')[2]);
  assert.deepEqual(users, ['user_id', 'ann', 'cyd']);
  const profiles = join(dir, 'profiles.jsonl');
  assert.equal((await endcap('export', 'profiles', '--to', profiles, '--dir', shop)).code, 0);
  assert.equal(readFileSync(profiles, 'utf8').trim().split('\n').length, 2);
  mkdirSync(join(dir, 'folder.csv'));
  const folder = await endcap('export', 'events', '--to', join(dir, 'folder.csv'), '--dir', shop);
  assert.equal(folder.code, 2);
  assert.match(folder.err, /folder\.csv: it is a folder/);
});

test('predictions are exported, a shopper a row', async (t) => {
  const dir = scratch(t);
  const shop = join(dir, 'shop');
  const day = 86_400_000;
  const orders = Array.from({ length: 4 }, (_, at) => ({
    ...{ id: `p${at}`, type: 'purchase', user: 'ann', items: [{ id: 'A', quantity: 1 }] },
    time: Date.now() - (5 - at) * 7 * day,
  }));
  const looked = { id: 'v', type: 'view', user: 'bob', items: [{ id: 'A' }], time: Date.now() - 1_000 };
  const file = join(dir, 'e.jsonl');
  writeFileSync(file, [...orders, looked].map((event) => `${JSON.stringify(event)}\n`).join(''));
  assert.equal((await endcap('import', file, '--dir', shop)).code, 0);
  const to = join(dir, 'predictions.jsonl');
  const { code, err } = await endcap('export', 'predictions', '--to', to, '--dir', shop);
  assert.equal(code, 0, err);
  const rows = readFileSync(to, 'utf8')
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row));
  assert.deepEqual(
    rows.map(({ user }) => user),
    ['ann', 'bob'],
  );
  assert.ok(rows[0].nextPurchase.expected > Date.now() - day);
  assert.ok(rows[1].probability > 0 && rows[1].probability < 1);
});

test('where the disk is full an export says so and goes on later', async (t) => {
  const dir = scratch(t);
  const shop = join(dir, 'shop');
  const file = join(dir, 'items.csv');
  const rows = Array.from({ length: 3_000 }, (_, at) => `S${at},Thing ${at}`);
  writeFileSync(file, ['id,title', ...rows].join('\n'));
  assert.equal((await endcap('import', '--items', file, '--dir', shop)).code, 0);
  const to = join(dir, 'out.csv');
  if (!existsSync('/dev/full')) return t.skip('there is no /dev/full here');
  symlinkSync('/dev/full', `${to}.part`);
  const full = await endcap('export', 'items', '--to', to, '--dir', shop);
  assert.notEqual(full.code, 0);
  assert.match(full.err, /Cannot write .*out\.csv.*Make room and run it again/s);
  assert.ok(!/\n\s+at /.test(full.err), 'no stack trace');
  rmSync(`${to}.part`);
  assert.equal((await endcap('export', 'items', '--to', to, '--dir', shop)).code, 0);
  assert.equal(readFileSync(to, 'utf8').trim().split('\n').length, 3_001);
});

/** A disk of its own in a folder, to be unmounted; undefined where none can be mounted. */
function smallDisk(dir: string, size: string): string | undefined {
  const disk = join(dir, 'disk');
  mkdirSync(disk);
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', disk]);
  return mounted.status === 0 ? disk : undefined;
}

test('a catalogue that does not fit on the disk is said in one line, and read again where there is room', async (t) => {
  const dir = scratch(t);
  const disk = smallDisk(dir, '6m');
  if (disk === undefined) return t.skip('a small disk cannot be mounted here');
  try {
    const file = join(dir, 'items.csv');
    const rows = Array.from({ length: 60_000 }, (_, at) => `S${at},Thing of the number ${at}`);
    writeFileSync(file, ['id,title', ...rows].join('\n'));
    const shop = join(disk, 'shop');
    const full = await endcap('import', '--items', file, '--dir', shop);
    assert.equal(full.code, 2, full.out);
    assert.match(full.err, /The disk is full/);
    assert.ok(!/\n\s+at /.test(full.err), full.err);
    assert.equal(spawnSync('mount', ['-o', 'remount,size=80m', disk]).status, 0);
    const again = await endcap('import', '--items', file, '--dir', shop);
    assert.equal(again.code, 0, again.err);
    assert.match(again.out, /items added, 0 changed/);
    const counts = /([\d,]+) items added, 0 changed, ([\d,]+) were/.exec(again.out)!;
    const [added, known] = counts.slice(1).map((text) => Number(text.replaceAll(',', '')));
    assert.equal(added! + known!, 60_000);
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('a shopper is erased in a backup as in the shop: no byte of them is left, and the others are', async (t) => {
  const dir = scratch(t);
  const [shop, backup] = [join(dir, 'shop'), join(dir, 'backup')];
  const file = join(dir, 'events.csv');
  const rows = ['anna_smith_77,lamp,view', 'bob_jones_12,lamp,purchase', 'anna_smith_77,desk,purchase'];
  writeFileSync(
    file,
    ['user,item,type,time', ...rows.map((row, at) => `${row},2026-11-0${at + 1}`)].join('\n'),
  );
  const run = async (...args: string[]): Promise<string> => {
    const { code, out, err } = await endcap(...args);
    assert.equal(code, 0, err);
    return out;
  };
  await run('import', file, '--dir', shop);
  await run('backup', backup, '--dir', shop);
  await run('erase', 'anna_smith_77', '--dir', shop);
  const holding = (user: string): string[] =>
    (readdirSync(backup, { recursive: true, withFileTypes: true }) as Dirent[])
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => readFileSync(path).includes(user));
  assert.equal(holding('anna_smith_77').length, 1, 'what a restore would bring back');
  assert.match(await run('erase', 'anna_smith_77', '--dir', backup), /2 events erased/);
  assert.deepEqual(holding('anna_smith_77'), []);
  assert.ok(holding('bob_jones_12').length > 0);
  await run('doctor', '--dir', backup);
});

test('what is set aside and does not fit on the disk is not left there by half', async (t) => {
  const dir = scratch(t);
  const disk = smallDisk(dir, '12m');
  if (disk === undefined) return t.skip('a small disk cannot be mounted here');
  try {
    const file = join(dir, 'events.csv');
    const rows = Array.from({ length: 150_000 }, (_, at) => `u${at},i${at},2031-01-01 10:00,3,5`);
    writeFileSync(file, ['user,item,time,quantity,price', ...rows].join('\n'));
    const shop = join(disk, 'shop');
    const full = await endcap('import', file, '--dir', shop);
    assert.equal(full.code, 2, full.out);
    assert.match(full.err, /does not fit on the disk/);
    assert.deepEqual(
      readdirSync(shop).filter((name) => name.startsWith('quarantine')),
      [],
    );
    assert.equal(spawnSync('mount', ['-o', 'remount,ro', disk]).status, 0);
    for (const command of [['serve', '--port', '0'], ['import', file], ['replay'], ['search', 'x']]) {
      const { code, err } = await endcap(...command, '--dir', shop);
      assert.equal(code, 2, `${command[0]} ${err}`);
      assert.match(err, /Cannot use .*shop.*: its file system is read-only — Choose/, command[0]);
    }
  } finally {
    spawnSync('umount', [disk]);
  }
});

test('an import and an export work beside a running server', { timeout: 280_000 }, async (t) => {
  const dir = scratch(t);
  const shop = join(dir, 'shop');
  const server = spawn(process.execPath, [main, 'serve', '--dir', shop, '--port', '0']);
  t.after(() => server.kill('SIGKILL'));
  let url = '';
  await new Promise<void>((resolve, reject) => {
    server.stdout.on('data', (text) => {
      url ||= /Serving (\S+)/.exec(String(text))?.[1] ?? '';
      if (url) resolve();
    });
    server.on('exit', (code) => reject(new Error(`serve ended with ${code}`)));
  });
  const header = 'order_id,user_id,item_id,time,quantity,price,title';
  writeFileSync(join(dir, 'a.csv'), `${header}\no1,u1,S10001,2025-01-01 10:00,2,9.5,Mug\n`);
  writeFileSync(join(dir, 'b.csv'), `${header}\no1,u1,S10001,2025-01-01 10:00,3,9.5,Mug\n`);
  const first = await endcap('import', join(dir, 'a.csv'), '--dir', shop, '--json');
  assert.equal(first.code, 0, first.err);
  assert.equal((JSON.parse(first.out) as { stored: number }).stored, 1);
  const second = await endcap('import', join(dir, 'b.csv'), '--dir', shop, '--server', url, '--json');
  assert.equal((JSON.parse(second.out) as { edits: { unitsAdded: number } }).edits.unitsAdded, 1, second.err);
  const item = await (await fetch(`${url}/v1/items/S10001`)).json();
  assert.equal((item as { title: string }).title, 'Mug');
  const file = join(dir, 'profiles.jsonl');
  const exported = await endcap('export', 'profiles', '--to', file, '--dir', shop);
  assert.equal(exported.code, 0, exported.err);
  const profile = JSON.parse(readFileSync(file, 'utf8')) as { user: string; events: { quantity: number }[] };
  assert.equal(profile.user, 'u1');
  assert.equal(
    profile.events.reduce((sum, { quantity }) => sum + quantity, 0),
    3,
  );
  const home = join(dir, 'home.csv');
  assert.equal(
    (await endcap('export', 'recommendations', '--to', home, '--count', '5', '--server', url, '--dir', shop))
      .code,
    0,
  );
  assert.match(readFileSync(home, 'utf8'), /^user,rank,item_id,score,model\n/);
  // As on another machine: what the folder here holds is another shop, or none.
  const far = join(dir, 'far');
  writeFileSync(
    join(dir, 'c.csv'),
    `${header}\no1,u1,S10001,2025-01-01 10:00,1,9.5,Mug\no1,u1,S10009,2025-01-01 10:00,1,2,Cup\n`,
  );
  const third = await endcap('import', join(dir, 'c.csv'), '--dir', far, '--server', url, '--json');
  const { edits } = JSON.parse(third.out) as { edits: { unitsAdded: number; unitsTaken: number } };
  assert.deepEqual([edits.unitsAdded, edits.unitsTaken], [1, 2], third.err);
  writeFileSync(join(dir, 'd.csv'), 'order_id,user_id,item_id,time,type\no1,,,2025-01-03 10:00,refund\n');
  const refund = await endcap('import', join(dir, 'd.csv'), '--dir', far, '--server', url);
  assert.equal(refund.code, 0, refund.err);
  assert.deepEqual(
    bought(await logOf(shop), 'o1'),
    {},
    'a refund of the whole order gives back what is left',
  );
});
