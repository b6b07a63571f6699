import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

const page = Buffer.alloc(4_096, 1);

/** Times of so many writes of 4 KiB and their flush, in a file of its own in `dir`, ms: what the disk itself takes. */
export async function bareFlushes(dir: string, count: number): Promise<number[]> {
  const path = join(dir, 'bare-flush');
  const file = openSync(path, 'w');
  const times: number[] = [];
  try {
    for (let n = 0; n < count; n++) {
      await setTimeout(5);
      const started = performance.now();
      writeSync(file, page);
      fdatasyncSync(file);
      times.push(performance.now() - started);
    }
  } finally {
    closeSync(file);
    rmSync(path);
  }
  return times;
}
