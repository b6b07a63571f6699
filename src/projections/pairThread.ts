import { parentPort } from 'node:worker_threads';
import { CoOccurrence, pairsKept } from './coOccurrence.js';
import { PairBatch } from './pairBatch.js';
import { adoptAll, buffersOf, type Orders, type PairMemories, pairKinds, releaseAll } from './pairMemory.js';

/** What the thread is told: counts to go on from, what to count, or to give the counts back. */
export type PairMessage = { memories: PairMemories } | { orders: Orders; size: number } | 'return';

const counts = { bought: new CoOccurrence(pairsKept), viewed: new CoOccurrence(pairsKept) };
const batch = new PairBatch(counts);

parentPort!.on('message', (message: PairMessage) => {
  if (message === 'return') {
    batch.flush();
    const memories = releaseAll(counts);
    parentPort!.postMessage({ memories }, buffersOf(memories));
    parentPort!.close();
  } else if ('memories' in message) {
    adoptAll(counts, message.memories);
  } else {
    const { orders, size } = message;
    carryOut(orders, size);
    parentPort!.postMessage({ orders }, [orders.buffer]);
  }
});

/** Takes the first `size` numbers of `orders` in. */
function carryOut(orders: Orders, size: number): void {
  for (let at = 0; at < size; ) {
    const kind = orders[at++]!;
    const row = orders[at++]!;
    const others = orders[at++]!;
    if (others < 0) counts[pairKinds[kind]!].basket(row);
    for (let end = at + Math.max(0, others); at < end; at++) batch.together(kind, row, orders[at]!);
  }
}
