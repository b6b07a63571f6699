import { setTimeout } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { RootDatabase } from 'lmdb';

/** How long readers of what was before are waited for, ms. */
const patienceMs = 30_000;

/**
 * Overwrites what deleted and replaced records left in the file: LMDB only notes that their pages are free, and its pages
 * keep what was moved within them. In a thread of its own, while a transaction is open that keeps others from writing;
 * reads go on. False where somebody read what was before for too long (a training in another process): to be tried again.
 */
export async function scrub(root: RootDatabase, path: string): Promise<boolean> {
  return root.childTransaction(async () => {
    for (const end = performance.now() + patienceMs; readsThePast(root); await setTimeout(50))
      if (performance.now() > end) return false;
    await inThread(path);
    return true;
  });
}

/** Whether some reader, of this or another process, has a snapshot older than the last transaction. */
function readsThePast(root: RootDatabase): boolean {
  root.readerCheck();
  root.resetReadTxn();
  const { lastTxnId } = root.getStats() as { lastTxnId: number };
  return [...root.readerList().matchAll(/^\s*\d+\s+\S+\s+(\d+)\s*$/gm)].some(
    ([, id]) => Number(id) < lastTxnId,
  );
}

function inThread(path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./scrubThread.js', import.meta.url), { workerData: path });
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) => reject(new Error(`The thread that scrubs ended with ${code}`)));
  });
}
