import type { Return } from '../prepare/index.js';
import type { ImportTarget } from './importTarget.js';

/**
 * Which returns of a file give back what the log says was bought: units bought by then, less what other refunds took. A
 * refund that is in the log already is the return itself, read once more. Earlier returns of the file come first.
 */
export async function boughtBefore(target: ImportTarget, returns: readonly Return[]): Promise<boolean[]> {
  if (returns.length === 0) return [];
  const byPair = new Map<string, { one: Return; at: number; left: number }[]>();
  returns.forEach((one, at) => {
    const key = pairOf(one.user, one.item);
    const all = byPair.get(key) ?? [];
    byPair.set(key, all);
    all.push({ one, at, left: 0 });
  });
  const itself = new Set(
    returns.map(({ user, item, units, time }) => `${pairOf(user, item)} ${units} ${time}`),
  );
  for await (const { event } of target.logged()) {
    const sign = event.type === 'purchase' ? 1 : event.type === 'refund' ? -1 : 0;
    if (sign === 0) continue;
    for (const { id, quantity = 1 } of event.items) {
      const pair = pairOf(event.user, id);
      if (sign < 0 && itself.has(`${pair} ${quantity} ${event.time}`)) continue;
      for (const each of byPair.get(pair) ?? [])
        if (sign < 0 || event.time <= each.one.time) each.left += sign * quantity;
    }
  }
  const matched = returns.map(() => false);
  for (const all of byPair.values()) {
    let taken = 0;
    for (const { one, at, left } of all.toSorted((a, b) => a.one.time - b.one.time || a.at - b.at)) {
      if (left - taken < one.units) continue;
      taken += one.units;
      matched[at] = true;
    }
  }
  return matched;
}

const pairOf = (user: string, item: string): string => `${user}\u0001${item}`;
