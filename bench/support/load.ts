import { Agent, request } from 'node:http';
import { random } from '../../src/core/index.js';

/** What the load generator is told, as JSON in its first argument. */
export interface Load {
  url: string;
  /** Requests a second, sent on time whether or not earlier ones are answered (open loop). */
  rate: number;
  seconds: number;
  /** Requests before these, not measured. */
  warm: number;
  items: string[];
  /** Who asks, each as often as the others. */
  shoppers: string[];
  /** What is searched for. */
  queries?: string[];
  /** Shares of what is asked, by name: `events`, `intent`, `search` or a scenario. */
  mix: Record<string, number>;
}

export interface LoadResult {
  /** Latencies by what was asked, ms, from when the request was due to the last byte of its answer. */
  latencies: Record<string, number[]>;
  /** Those of the requests before what is measured, ms. */
  warming: number[];
  failed: number;
}

if (process.argv[2]) process.send!(await run(JSON.parse(process.argv[2])), () => process.exit(0));

async function run(load: Load): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const chance = random(7);
  const names = Object.entries(load.mix).flatMap(([name, share]) => Array<string>(share).fill(name));
  const result: LoadResult = { latencies: {}, warming: [], failed: 0 };
  const total = load.warm + load.rate * load.seconds;
  const started = performance.now() + 100;
  const pending: Promise<void>[] = [];
  for (let sent = 0; sent < total; ) {
    const now = performance.now();
    while (sent < total && started + (1000 * sent) / load.rate <= now) {
      const due = started + (1000 * sent) / load.rate;
      const name = names[chance.int(names.length)]!;
      const body = bodyOf(name, load, chance.int, sent);
      const measured = sent >= load.warm;
      pending.push(
        post(agent, load.url, pathOf(name), body).then((status) => {
          if (!measured) {
            result.warming.push(performance.now() - due);
            return;
          }
          if (status !== 200) result.failed++;
          result.latencies[name] ??= [];
          result.latencies[name].push(performance.now() - due);
        }),
      );
      sent++;
    }
    // Spinning, not sleeping: a timer would be late by up to a millisecond, and that would count as latency.
    await new Promise(setImmediate);
  }
  await Promise.all(pending);
  return result;
}

function pathOf(name: string): string {
  return ['events', 'intent', 'search'].includes(name) ? `/v1/${name}` : '/v1/recommend';
}

function bodyOf(name: string, load: Load, int: (n: number) => number, sent: number): string {
  const user = load.shoppers[int(load.shoppers.length)]!;
  const item = load.items[int(load.items.length)]!;
  if (name === 'intent') return JSON.stringify({ user });
  if (name === 'search') {
    const query = load.queries![int(load.queries!.length)];
    return JSON.stringify({ user, query, count: 20, price: { max: 100 }, explain: true });
  }
  if (name !== 'events') return JSON.stringify({ user, scenario: name, item, count: 10, explain: true });
  const type = int(5) === 0 ? 'add_to_cart' : 'view';
  return JSON.stringify({ id: `${process.pid}.${sent}`, type, user, items: [{ id: item }] });
}

function post(agent: Agent, url: string, path: string, body: string): Promise<number> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sent = request(url + path, { agent, method: 'POST', headers }, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode ?? 0));
    });
    sent.on('error', () => resolve(0));
    sent.end(body);
  });
}
