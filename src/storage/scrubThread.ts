import { closeSync, fstatSync, fsyncSync, openSync, writeSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { findDamage, newestMeta } from './pages.js';

const zeros = Buffer.alloc(1 << 20);

/** Overwrites every byte of the file that the last transaction does not use; returns how many. Nobody may write. */
function scrub(path: string): number {
  const file = openSync(path, 'r+');
  try {
    const meta = newestMeta(file);
    if (!meta) return 0;
    const { pageSize, lastPage } = meta;
    const used = new Uint8Array(lastPage + 1);
    let bytes = 0;
    const clear = (from: number, to: number): void => {
      for (let at = from; at < to; at += zeros.length)
        bytes += writeSync(file, zeros, 0, Math.min(zeros.length, to - at), at);
    };
    const damage = findDamage(file, meta, (page, pages, [from, to]) => {
      used.fill(1, page, page + pages);
      if (to > from) clear(page * pageSize + from, page * pageSize + to);
    });
    // The file is as it was but for what holds nothing: that it is damaged is for the next start to say.
    if (damage) throw new Error(damage);
    const end = fstatSync(file).size;
    for (let page = 2; page * pageSize < end; page++)
      if (!used[page]) clear(page * pageSize, Math.min(end, (page + 1) * pageSize));
    fsyncSync(file);
    return bytes;
  } finally {
    closeSync(file);
  }
}

parentPort!.postMessage(scrub(workerData as string));
