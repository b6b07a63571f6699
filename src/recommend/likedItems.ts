import type { Profile } from '../core/index.js';
import { titleHalfLife } from '../models/index.js';

/** The last things a shopper liked, each once, newest first, with what each still counts. */
export function likedItems({ events }: Profile, most: number): { id: string; weight: number }[] {
  const found: { id: string; weight: number }[] = [];
  const seen = new Set<string>();
  for (let at = events.length - 1; at >= 0 && found.length < most; at--) {
    const { item: id, weight } = events[at]!;
    if (weight <= 0 || seen.has(id)) continue;
    seen.add(id);
    found.push({ id, weight: 2 ** (-found.length / titleHalfLife) });
  }
  return found;
}
