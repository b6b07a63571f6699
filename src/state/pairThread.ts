import { parentPort } from 'node:worker_threads';
import { buffersOf, carryOut, type Orders, type PairMemories } from './pairMemory.js';
import { PairCounts, pairsKept } from './pairs.js';

/** What the thread is told: counts to go on from, what to count, or to give the counts back. */
export type PairMessage = { memories: PairMemories } | { orders: Orders; size: number } | 'return';

const counts = { bought: new PairCounts(pairsKept), viewed: new PairCounts(pairsKept) };

parentPort!.on('message', (message: PairMessage) => {
  if (message === 'return') {
    const memories = { bought: counts.bought.release(), viewed: counts.viewed.release() };
    parentPort!.postMessage({ memories }, buffersOf(memories));
    parentPort!.close();
  } else if ('memories' in message) {
    counts.bought.adopt(message.memories.bought);
    counts.viewed.adopt(message.memories.viewed);
  } else {
    const { orders, size } = message;
    carryOut(orders, size, counts);
    parentPort!.postMessage({ orders }, [orders.buffer]);
  }
});
