import { type ChildProcess, fork } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { random } from '../src/core/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const cli = fileURLToPath(new URL('../src/cli/main.js', import.meta.url));
const words = [
  'red',
  'blue',
  'small',
  'large',
  'oak',
  'steel',
  'lamp',
  'chair',
  'table',
  'cup',
  'rug',
  'shelf',
];
const batch = 1_000;
const clients = 16;

/** After the batches, what a server does by itself: a checkpoint, and trees of intent once an import has ended, ms. */
const settleMs = 90_000;

/** As the unit of docs/production.md and the Dockerfile start a server, and as a hand does. */
const oneArena = { MALLOC_ARENA_MAX: '1' };
const byHand = { MALLOC_ARENA_MAX: undefined };

/**
 * What a shop of a real size costs `endcap serve` as it is started: 100,000 items and 1,000,000 events over HTTP, events in
 * batches of 1,000 and one at a time; validation, the log and all projections included. Memory after the last batch, and
 * after a restart with some requests answered, with one arena of glibc and with one a thread. What batches leave to be
 * done later has a row of its own.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const sizes = smoke
    ? { items: 1_000, events: 10_000, single: 500, settle: false }
    : { items: 100_000, events: 1_000_000, single: 20_000, settle: true };
  const { items, events } = sizes;
  const data = `synthetic, ${items.toLocaleString('en')} items, ${events.toLocaleString('en')} events, endcap serve over HTTP`;
  const row = (metric: string, value: number, goal?: number): BenchRow => ({
    data,
    metric,
    value,
    ...(goal === undefined ? {} : { reference: goal, source: 'goal: at most' }),
  });
  const memory = ({ after, again }: Measured, how: string): BenchRow[] => [
    row(`RSS after ingest${how}, MiB`, after.all),
    row(`… of which the process’s own (RssAnon)${how}, MiB`, after.own, 400),
    row(`… of which pages of files mapped, which the system takes back (RssFile)${how}, MiB`, after.files),
    row(`RSS after a restart${how}, MiB`, again.all),
    row(`… of which the process’s own, MiB, after a restart${how}`, again.own, 400),
    row(`… of which pages of files mapped, MiB, after a restart${how}`, again.files),
  ];
  const hand = await measure(byHand, sizes);
  return [
    row('an event in a batch of 1,000, µs of processor', hand.batched, 25),
    row('what the batches leave to be done by itself, s of processor', hand.left),
    row(`an event alone, ${clients} clients, ms of processor`, hand.alone, 0.2),
    ...memory(hand, ''),
    ...memory(await measure(oneArena, sizes), ' (MALLOC_ARENA_MAX=1)'),
  ];
}

interface Sizes {
  items: number;
  events: number;
  single: number;
  /** Whether to wait for what comes by itself. */
  settle: boolean;
}

interface Measured {
  /** µs of processor an event of a batch, s that the batches leave, and ms an event alone. */
  batched: number;
  left: number;
  alone: number;
  after: Memory;
  again: Memory;
}

/** A shop filled from nothing by a server with these variables, and started again. */
async function measure(env: NodeJS.ProcessEnv, sizes: Sizes): Promise<Measured> {
  const { items, events, single } = sizes;
  const dir = mkdtempSync(join(tmpdir(), 'endcap-ingest-'));
  try {
    let server = await started(dir, env);
    await putItems(server, items);
    const eventAt = visits(items);
    const begun = server.used();
    for (let from = 0; from < events; from += batch)
      await server.send(
        'POST',
        '/v1/events',
        Array.from({ length: batch }, (_, at) => eventAt(from + at)),
      );
    const ended = server.used();
    const after = server.memory();
    if (sizes.settle) await settled(server);
    const before = server.used();
    let next = events;
    const client = async (): Promise<void> => {
      while (next < events + single) await server.send('POST', '/v1/events', eventAt(next++));
    };
    await Promise.all(Array.from({ length: clients }, client));
    const alone = (server.used() - before) / single;
    await server.stop();
    server = await started(dir, env);
    for (let at = 0; at < 200; at++)
      await server.send('POST', '/v1/recommend', { user: `u${at}`, scenario: 'home', count: 10 });
    const again = server.memory();
    await server.stop();
    return {
      batched: (1000 * (ended - begun)) / events,
      left: (before - ended) / 1000,
      alone,
      after,
      again,
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Waits for what comes by itself, and then until the server rests, at most as long again. */
async function settled(server: Running): Promise<void> {
  const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
  await wait(settleMs);
  for (let left = settleMs; left > 0; left -= 2_000) {
    const before = server.used();
    await wait(2_000);
    if (server.used() - before < 100) return;
  }
}

async function putItems(server: Running, count: number): Promise<void> {
  const chance = random(2);
  const item = (at: number): object => ({
    id: `i${at}`,
    title: `${Array.from({ length: 4 }, () => words[chance.int(words.length)]).join(' ')} ${at % 997}`,
    price: 1 + chance.int(100),
    category: `c${at % 50}`,
  });
  for (let from = 0; from < count; from += batch)
    await server.send(
      'PUT',
      '/v1/items',
      Array.from({ length: batch }, (_, at) => item(from + at)),
    );
}

/** Visits of one to nine events, 200 shoppers of 50,000 in the shop at a time, some items far more popular. */
function visits(items: number): (at: number) => object {
  const chance = random(1);
  const now = Date.now() - 30 * 86_400_000;
  const open = Array.from({ length: 200 }, () => ({ user: '', left: 0 }));
  return (at) => {
    const visit = open[chance.int(open.length)]!;
    if (visit.left === 0) Object.assign(visit, { user: `u${chance.int(50_000)}`, left: 1 + chance.int(9) });
    visit.left--;
    const type = chance.int(20) === 0 ? 'purchase' : 'view';
    const id = `i${Math.floor(chance.float() ** 2 * items)}`;
    return {
      id: `e${at}`,
      type,
      user: visit.user,
      items: [{ id, quantity: 1, price: 9.5 }],
      time: now + 2_000 * at,
    };
  };
}

/** MiB in all, without mapped files, and of mapped files. */
interface Memory {
  all: number;
  own: number;
  files: number;
}

interface Running {
  send(method: string, path: string, body: object): Promise<void>;
  /** Processor time so far, ms. */
  used(): number;
  memory(): Memory;
  stop(): Promise<void>;
}

/** `endcap serve` in a process of its own. */
async function started(dir: string, env: NodeJS.ProcessEnv): Promise<Running> {
  rmSync(join(dir, 'server.json'), { force: true });
  const child = fork(cli, ['serve', '--dir', dir, '--port', '0'], {
    stdio: 'ignore',
    env: { ...process.env, ...env },
  });
  const url = await addressOf(child, dir);
  const agent = new Agent({ keepAlive: true });
  return {
    send: (method, path, body) => send(agent, method, url + path, JSON.stringify(body)),
    used: () => {
      const fields = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]!.split(' ');
      // Fields 14 and 15 of proc(5), in hundredths of a second.
      return 10 * (Number(fields[11]) + Number(fields[12]));
    },
    memory: () => {
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
      const kib = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1]);
      return { all: kib('VmRSS') / 1024, own: kib('RssAnon') / 1024, files: kib('RssFile') / 1024 };
    },
    async stop() {
      agent.destroy();
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

async function addressOf(child: ChildProcess, dir: string): Promise<string> {
  const said = join(dir, 'server.json');
  while (!existsSync(said)) {
    if (child.exitCode !== null) throw new Error(`endcap serve ended with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return (JSON.parse(readFileSync(said, 'utf8')) as { url: string }).url;
}

function send(agent: Agent, method: string, url: string, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { agent, method, headers }, (answer) => {
      answer.resume();
      answer.on('end', () =>
        answer.statusCode === 200 ? resolve() : reject(new Error(`${method} ${url}: ${answer.statusCode}`)),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
