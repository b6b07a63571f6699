/** Ranks that count about alike: an item of weight .3 falls as far as 23 ranks from the top, one of .9 by one or two. */
const flat = 10;
/** Candidates asked for beyond those shown, so that what falls back has something to fall behind. */
export const spareCandidates = 15;

/**
 * The list again with the stock in mind: an item moves as if its place, 1 / (10 + rank), were times its weight. What
 * weighs 1 keeps its order. `weightOf` is asked by handle.
 */
export function byStock(handles: readonly number[], weightOf: (handle: number) => number): number[] {
  const place = handles.map((handle, rank) => weightOf(handle) / (flat + rank));
  return handles
    .map((_, at) => at)
    .sort((a, b) => place[b]! - place[a]! || a - b)
    .map((at) => handles[at]!);
}
