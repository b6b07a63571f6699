import { parentPort } from 'node:worker_threads';
import { adoptAll, buffersOf, carryOut, type Orders, type PairMemories, releaseAll } from './pairMemory.js';
import { PairCounts, pairsKept } from './pairs.js';

/** What the thread is told: counts to go on from, what to count, or to give the counts back. */
export type PairMessage = { memories: PairMemories } | { orders: Orders; size: number } | 'return';

const counts = { bought: new PairCounts(pairsKept), viewed: new PairCounts(pairsKept) };

parentPort!.on('message', (message: PairMessage) => {
  if (message === 'return') {
    const memories = releaseAll(counts);
    parentPort!.postMessage({ memories }, buffersOf(memories));
    parentPort!.close();
  } else if ('memories' in message) {
    adoptAll(counts, message.memories);
  } else {
    const { orders, size } = message;
    carryOut(orders, size, counts);
    parentPort!.postMessage({ orders }, [orders.buffer]);
  }
});
