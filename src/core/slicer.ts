/**
 * For long work between requests: a function to call now and then, which gives a promise to wait for once more than
 * `patience` ms have gone by since the last pause, and nothing before. With a `rest` a pause lasts so many times the
 * patience, which leaves most of the processor to others; without, until what waits has had its turn.
 */
export function slicer(patience: number, rest: () => number = () => 0): () => Promise<void> | undefined {
  let last = performance.now();
  const pause = async (): Promise<void> => {
    const wait = patience * rest();
    await new Promise((resolve) => (wait > 0 ? setTimeout(resolve, wait) : setImmediate(resolve)));
    last = performance.now();
  };
  return () => (performance.now() - last < patience ? undefined : pause());
}

/** Calls `work` until it returns false, with the pauses of a `slicer` for whatever else is to be done. */
export async function inSlices(work: () => boolean, patience: number, rest?: () => number): Promise<void> {
  const slice = slicer(patience, rest);
  while (work()) {
    const pause = slice();
    if (pause) await pause;
  }
}
