import { type Catalogue, openCatalogue } from '../../src/catalogue/index.js';
import type { Item } from '../../src/core/index.js';
import type { StateStore } from '../../src/storage/index.js';

/** A catalogue that is in memory only: what the disk costs is measured elsewhere. */
export async function catalogueInMemory(items: readonly Item[]): Promise<Catalogue> {
  const store: Partial<StateStore> = { get: () => undefined, *entries() {}, write: async () => {} };
  const catalogue = openCatalogue(store as StateStore);
  await catalogue.put(items);
  return catalogue;
}

/** Processor time of `work`, ms: the clock is noisy where others use the machine. */
export async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** The value below which a share of them lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** A 95 % interval as the table tells it. */
export function interval({ low, high }: { low: number; high: number }): string {
  return `95 % ${low.toFixed(3)} to ${high.toFixed(3)}`;
}
