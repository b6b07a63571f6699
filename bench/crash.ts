import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Random, random, silent } from '../src/core/index.js';
import { openState, replay } from '../src/projections/index.js';
import { openStore } from '../src/storage/index.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const child = fileURLToPath(new URL('./support/crashChild.js', import.meta.url));
const clients = 4;

/**
 * Kills a server with SIGKILL at a random moment while clients send it events, again and again on one store. Clients
 * send what was not acknowledged again after the restart, as a real one does. Fails if an acknowledged event is
 * lost, one is there twice, or the state that was checkpointed on the way differs from a replay of the log.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const kills = smoke ? 20 : 200;
  const dir = mkdtempSync(join(tmpdir(), 'endcap-crash-'));
  try {
    const sender = new Sender(random(1));
    for (let kill = 0; kill < kills; kill++) await round(dir, sender);
    const found = await inspect(dir, sender.acknowledged);
    const rows: [string, number, number | undefined][] = [
      ['acknowledged events lost', found.lost, 0],
      ['events there twice', found.doubled, 0],
      ['state differs from replay (0 = no)', Number(found.differs), 0],
      ['acknowledged events', sender.acknowledged.size, undefined],
      ['events sent again after a kill', sender.repeated, undefined],
    ];
    if (found.lost + found.doubled + Number(found.differs) > 0) throw new Error(JSON.stringify(found));
    const data = `kill -9 × ${kills}, ${clients} clients, batches of 1 to 50 over HTTP`;
    return rows.map(([metric, value, reference]) => ({
      data,
      metric,
      value,
      ...(reference === undefined ? {} : { reference }),
    }));
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function round(dir: string, sender: Sender): Promise<void> {
  const server = fork(child, [dir], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [{ url }] = (await once(server, 'message')) as [{ url: string }];
  const sending = Array.from({ length: clients }, (_, client) => sender.send(url, client));
  await new Promise((resolve) => setTimeout(resolve, sender.chance.int(250)));
  server.kill('SIGKILL');
  await Promise.all([...sending, once(server, 'exit')]);
}

/** Four clients' worth of events, each sent until it is acknowledged. */
class Sender {
  readonly acknowledged = new Set<string>();
  repeated = 0;
  #next = 0;
  readonly #open: string[][] = Array.from({ length: clients }, () => []);

  constructor(readonly chance: Random) {}

  /** Sends until the server is gone. */
  async send(url: string, client: number): Promise<void> {
    const open = this.#open[client]!;
    this.repeated += open.length;
    for (;;) {
      if (open.length === 0) for (let n = 1 + this.chance.int(50); n > 0; n--) open.push(`e${this.#next++}`);
      const events = open.map((id) => this.#event(id));
      try {
        const response = await fetch(`${url}/v1/events`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(events),
        });
        if (response.status !== 200) throw new Error(`status ${response.status}`);
        await response.arrayBuffer();
      } catch {
        return;
      }
      for (const id of open) this.acknowledged.add(id);
      open.length = 0;
    }
  }

  #event(id: string): object {
    const at = Number(id.slice(1));
    const type = at % 7 === 0 ? 'purchase' : 'view';
    return {
      id,
      type,
      user: `u${at % 97}`,
      items: [{ id: `i${at % 331}` }],
      time: Date.UTC(2026, 0, 1) + 1_000 * at,
    };
  }
}

async function inspect(
  dir: string,
  acknowledged: ReadonlySet<string>,
): Promise<{ lost: number; doubled: number; differs: boolean }> {
  const store = openStore(dir);
  try {
    const seen = new Set<string>();
    let doubled = 0;
    for await (const { event } of store.log.read(0)) {
      if (seen.has(event.id)) doubled++;
      seen.add(event.id);
    }
    const lost = [...acknowledged].filter((id) => !seen.has(id)).length;
    const kept = await (await openState(store, {}, silent)).digest();
    const rebuilt = await (await replay(store, {}, silent)).digest();
    return { lost, doubled, differs: kept !== rebuilt };
  } finally {
    await store.close();
  }
}
