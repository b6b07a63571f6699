import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Checkpoint } from '../core/index.js';
import type { Dataset } from '../models/index.js';
import { fingerprint } from './dataset.js';

/** What is fitted: a configuration on a part of the data. */
export interface FitName {
  algorithm: string;
  options: Record<string, unknown>;
  seed: number;
  part: string;
}

/**
 * Where fits keep their place under a folder: one file a configuration and part of the data, whose identity is the
 * data and the code. Whether a killed fit goes on or starts anew is the trainer's to see from that.
 */
export class CheckpointStore {
  constructor(
    private readonly dir: string,
    private readonly code: string,
    private readonly seconds = 15,
  ) {}

  /** An algorithm may fit several networks, always in the same order: each gets a file of its own. */
  of(name: FitName, data: Dataset): () => Checkpoint {
    const identity = `${data.items.size} items, data ${fingerprint(data)}, code ${this.code}`;
    let fits = 0;
    return () => {
      const path = join(this.dir, `${keyOf(name)}-${fits++}.checkpoint`);
      return { path, identity, seconds: this.seconds };
    };
  }

  /** The configuration needs its place no more. */
  forget(name: FitName): void {
    const key = keyOf(name);
    for (const file of this.#files()) if (file.startsWith(`${key}-`)) rmSync(join(this.dir, file));
  }

  clear(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }

  #files(): string[] {
    try {
      return readdirSync(this.dir);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }
}

/** Short hash of a name: equal contents, equal key. */
export function keyOf({ algorithm, options, seed, part }: FitName): string {
  const text = JSON.stringify([algorithm, Object.entries(options).sort(), seed, part]);
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
