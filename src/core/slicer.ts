/**
 * For long work between requests: a function to call now and then, which gives a promise to wait for once more than
 * `patience` ms have gone by since the last pause, and nothing before.
 */
export function slicer(patience: number): () => Promise<void> | undefined {
  let last = performance.now();
  const pause = async (): Promise<void> => {
    await new Promise(setImmediate);
    last = performance.now();
  };
  return () => (performance.now() - last < patience ? undefined : pause());
}
