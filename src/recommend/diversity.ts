/** Moves an item behind the others when two like it are before it already: a list shows more than one kind. */
export function diversify(ranked: readonly number[], alike: (a: number, b: number) => boolean): number[] {
  const front: number[] = [];
  const back: number[] = [];
  for (const handle of ranked) {
    let before = 0;
    for (let at = Math.max(0, front.length - lookBack); at < front.length && before < 2; at++) {
      if (alike(handle, front[at]!)) before++;
    }
    (before >= 2 ? back : front).push(handle);
  }
  return [...front, ...back];
}
const lookBack = 12;
