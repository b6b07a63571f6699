import { Worker } from 'node:worker_threads';
import { buffersOf, type Orders, type PairKind, type PairMemories, pairKinds } from './pairMemory.js';
import type { PairMessage } from './pairThread.js';

/** Numbers of one message to the thread, and how many messages may wait for it. */
const ordersSize = 1 << 16;
const messagesAtMost = 8;

/** Pair counts lent to a thread of their own, for as long as nobody asks for them: more than half a replay is theirs. */
export class PairsElsewhere {
  readonly #worker = new Worker(new URL('./pairThread.js', import.meta.url));
  readonly #spare: Orders[] = [];
  #orders: Orders = new Int32Array(ordersSize);
  #size = 0;
  #waiting = 0;
  #wake = (): void => {};
  readonly #returned: Promise<PairMemories>;

  constructor(memories: PairMemories) {
    this.#returned = new Promise((resolve, reject) => {
      this.#worker.once('error', reject);
      this.#worker.on('message', (answer: { orders: Orders } | { memories: PairMemories }) => {
        if ('memories' in answer) resolve(answer.memories);
        else this.#free(answer.orders);
      });
    });
    // Whoever waits for the thread is told; until somebody does, a failure is not to end the process.
    this.#returned.catch(() => {});
    this.#send({ memories }, buffersOf(memories));
  }

  /** One basket (or session step) held `row` together with each of `others` from `from` on. */
  together(kind: PairKind, row: number, others: readonly number[], from: number): void {
    this.#order(kind, row, others.length - from);
    for (let at = from; at < others.length; at++) this.#orders[this.#size++] = others[at]!;
  }

  /** One more basket (or visit) held `row`. */
  basket(kind: PairKind, row: number): void {
    this.#order(kind, row, -1);
  }

  /** Waits where the thread does not keep up: memory is bounded. */
  async keptUp(): Promise<void> {
    if (this.#waiting <= messagesAtMost) return;
    const awake = new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    await Promise.race([awake, this.#returned]);
  }

  /** The counts, with all that was ordered; this is over then. */
  async back(): Promise<PairMemories> {
    this.#flush();
    this.#send('return', []);
    return await this.#returned;
  }

  #order(kind: PairKind, row: number, others: number): void {
    if (this.#size + 3 + Math.max(0, others) > ordersSize) this.#flush();
    this.#orders[this.#size++] = pairKinds.indexOf(kind);
    this.#orders[this.#size++] = row;
    this.#orders[this.#size++] = others;
  }

  #flush(): void {
    this.#send({ orders: this.#orders, size: this.#size }, [this.#orders.buffer]);
    this.#waiting++;
    this.#orders = this.#spare.pop() ?? new Int32Array(ordersSize);
    this.#size = 0;
  }

  #free(orders: Orders): void {
    this.#spare.push(orders);
    this.#waiting--;
    if (this.#waiting <= messagesAtMost) this.#wake();
  }

  #send(message: PairMessage, transferred: ArrayBuffer[]): void {
    this.#worker.postMessage(message, transferred);
  }
}
