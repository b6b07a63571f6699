import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asked } from './support/asked.js';
import { holds } from './support/attack/holds.js';
import { invented, madeUp, tables } from './support/attack/memory.js';
import { closeShop, noLimits, openShop, type Shop } from './support/attack/shop.js';
import { crowd, sway, swayElsewhere } from './support/attack/sway.js';
import type { BenchOptions, BenchRow } from './support/row.js';

/**
 * What one visitor can do to a shop: how far a single shopper moves an item beside what an honest one does, what a
 * thousand shoppers of one address come to, how long a request of a public key holds the others up, and what invented
 * items and shoppers cost. `ENDCAP_BENCH=sway,holds,made up,tables,invented,crowd` runs these parts alone.
 */
export async function run({ smoke }: BenchOptions): Promise<BenchRow[]> {
  const items = smoke ? 3_000 : 100_000;
  const { names } = asked();
  const dir = mkdtempSync(join(tmpdir(), 'endcap-attack-'));
  const parts: [string, (shop: Shop) => Promise<BenchRow[]>][] = [
    ['sway', async (shop) => [...(await sway(shop, items)), ...(await swayElsewhere(shop, items))]],
    ['holds', (shop) => holds(shop, items, smoke)],
    ['made up', (shop) => madeUp(shop, items, smoke ? 200 : 10_000)],
    ['invented', (shop) => invented(shop, items, smoke ? 20_000 : 2_000_000)],
  ];
  try {
    const rows: BenchRow[] = [];
    const isAsked = (part: string): boolean => names.length === 0 || names.includes(part);
    // Before there is a shop, whose jobs would take memory meanwhile.
    if (isAsked('tables')) rows.push(...(await tables(smoke ? 2_000 : 400_000)));
    if (parts.some(([part]) => isAsked(part))) {
      const shop = await openShop(join(dir, 'shop'), items, noLimits);
      for (const [part, measure] of parts) if (isAsked(part)) rows.push(...(await measure(shop)));
      await closeShop(shop);
    }
    if (isAsked('crowd')) {
      const limited = await openShop(join(dir, 'limited'), 100, {});
      rows.push(...(await crowd(limited)));
      await closeShop(limited);
    }
    return rows;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
