import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCatalogue } from '../src/catalogue/index.js';
import { type Event, type Random, random, silent } from '../src/core/index.js';
import { openState, replay } from '../src/projections/index.js';
import { openEngine } from '../src/recommend/index.js';
import { openStore } from '../src/storage/index.js';
import type { CrashAnswer } from './support/crashChild.js';
import { damageStores } from './support/damage.js';
import type { BenchOptions, BenchRow } from './support/row.js';

const child = fileURLToPath(new URL('./support/crashChild.js', import.meta.url));
/** Batches under way at a time. */
const clients = 4;
/** In each so many-th round a second shop is let in beside the first, as if its lock were lost. */
const secondOwnerEvery = 5;

/**
 * Kills a shop with SIGKILL at a random moment while events come, again and again on one store; what was not
 * acknowledged is sent again after the restart, as a real sender does. In some rounds two shops have the store open.
 * Then damages copies of the store at random. Fails if an acknowledged event is lost or there twice, if the state that
 * was checkpointed on the way differs from a replay of the log, or if a damaged store neither serves what it served
 * before nor is brought back by the advice it gives.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const [kills, damages] = smoke ? [15, 21] : [500, 200];
  const dir = mkdtempSync(join(tmpdir(), 'endcap-crash-'));
  const shop = join(dir, 'shop');
  try {
    await putItems(shop);
    const sender = new Sender(random(1));
    for (let kill = 0; kill < kills; kill++) {
      await round(shop, sender, kill % secondOwnerEvery === 1);
      if (kill % 50 === 49)
        console.error(`${kill + 1} kills, ${sender.acknowledged.size} events acknowledged`);
    }
    const found = await inspect(shop, sender.acknowledged);
    if (found.lost + found.doubled + Number(found.differs) > 0) throw new Error(JSON.stringify(found));
    const small = join(dir, 'small');
    await fill(small);
    const hurt = await damageStores(small, dir, damages, random(2));
    if (hurt.faults.length > 0) throw new Error(JSON.stringify(hurt.faults, null, 1));
    const killed = `kill -9 × ${kills}, ${clients} senders, batches of 1 to 50`;
    const damaged = `${damages} stores damaged at random`;
    return [
      { data: killed, metric: 'acknowledged events lost', value: found.lost, reference: 0 },
      { data: killed, metric: 'events there twice', value: found.doubled, reference: 0 },
      { data: killed, metric: 'state differs from replay (0 = no)', value: 0, reference: 0 },
      { data: killed, metric: 'acknowledged events', value: sender.acknowledged.size },
      { data: killed, metric: 'batches sent again after a kill', value: sender.repeated },
      { data: killed, metric: 'batches refused to an owner that was followed', value: sender.refused },
      { data: damaged, metric: 'neither as before nor brought back', value: 0, reference: 0 },
      { data: damaged, metric: 'refused, and the advice brought it back', value: hurt.refused },
      { data: damaged, metric: 'served as before, and told the damage', value: hurt.told },
      { data: damaged, metric: 'served as before: nothing that is kept was hit', value: hurt.unharmed },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function putItems(dir: string): Promise<void> {
  const store = openStore(dir);
  const items = Array.from({ length: 331 }, (_, at) => ({ id: `i${at}`, title: `Item ${at % 40} of ${at}` }));
  await openCatalogue(store.facts).put(items);
  await store.close();
}

/** A shop with some thousand events: one that was killed for long is too large to be copied hundreds of times. */
async function fill(dir: string): Promise<void> {
  await putItems(dir);
  const engine = await openEngine({ store: openStore(dir) });
  for (let from = 0; from < 3_000; from += 50)
    await engine.ingest(Array.from({ length: 50 }, (_, at) => eventOf(`e${from + at}`)));
  await engine.close();
}

async function round(dir: string, sender: Sender, second: boolean): Promise<void> {
  const first = await start(dir);
  const shops = [first];
  const sending = [sender.send(first)];
  if (second) {
    rmSync(join(dir, 'lock.pid'));
    const other = await start(dir, true);
    if (other) {
      shops.push(other);
      sending.push(sender.send(other));
    }
  }
  await new Promise((resolve) => setTimeout(resolve, sender.chance.int(120)));
  const ended = shops.map((shop) => once(shop, 'exit'));
  for (const shop of shops) shop.kill('SIGKILL');
  await Promise.all([...sending, ...ended]);
}

/** Undefined where the store is in use, and that may be. */
async function start(dir: string, mayBeLocked: true): Promise<ChildProcess | undefined>;
async function start(dir: string): Promise<ChildProcess>;
async function start(dir: string, mayBeLocked = false): Promise<ChildProcess | undefined> {
  const shop = fork(child, [dir], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const [answer] = (await once(shop, 'message')) as [CrashAnswer];
  if ('open' in answer && answer.open === 'yes') return shop;
  if (mayBeLocked && 'open' in answer && answer.open === 'store_locked') return void shop.kill();
  throw new Error(`A shop did not open after a kill: ${JSON.stringify(answer)}`);
}

/** Batches of events, each sent until it is acknowledged. */
class Sender {
  readonly acknowledged = new Set<string>();
  repeated = 0;
  refused = 0;
  #next = 0;
  #batch = 0;
  /** Sent, and neither acknowledged nor refused. */
  #open: string[][] = [];

  constructor(readonly chance: Random) {}

  /** Sends to a shop until it is gone, or refuses because another has taken the store over. */
  async send(shop: ChildProcess): Promise<void> {
    const underWay = new Map<number, string[]>();
    const sendOne = (): void => {
      if (!shop.connected) return;
      const again = this.#open.pop();
      if (again) this.repeated++;
      const ids = again ?? Array.from({ length: 1 + this.chance.int(50) }, () => `e${this.#next++}`);
      underWay.set(this.#batch, ids);
      shop.send({ batch: this.#batch++, events: ids.map((id) => eventOf(id)) }, () => {});
    };
    shop.on('message', (answer: CrashAnswer) => {
      if ('open' in answer) return;
      const ids = underWay.get(answer.batch)!;
      underWay.delete(answer.batch);
      if (answer.refused === undefined) {
        for (const id of ids) this.acknowledged.add(id);
        sendOne();
      } else {
        this.refused++;
        this.#open.push(ids);
      }
    });
    for (let n = 0; n < clients; n++) sendOne();
    await once(shop, 'exit');
    this.#open.push(...underWay.values());
  }
}

function eventOf(id: string): Event {
  const at = Number(id.slice(1));
  const type = at % 7 === 0 ? 'purchase' : 'view';
  const time = Date.UTC(2026, 0, 1) + 1_000 * at;
  return { id, type, user: `u${at % 97}`, items: [{ id: `i${at % 331}` }], time };
}

async function inspect(
  dir: string,
  acknowledged: ReadonlySet<string>,
): Promise<{ lost: number; doubled: number; differs: boolean }> {
  const store = openStore(dir);
  try {
    const seen = new Set<string>();
    let doubled = 0;
    for await (const { event } of store.log.read()) {
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
