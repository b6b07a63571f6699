import type { Profile } from '../core/index.js';

/** The last things a shopper liked, each once, newest first. */
export function likedItems({ events }: Profile, most: number): string[] {
  const found = new Set<string>();
  for (let at = events.length - 1; at >= 0 && found.size < most; at--) {
    const { item, weight } = events[at]!;
    if (weight > 0) found.add(item);
  }
  return [...found];
}
