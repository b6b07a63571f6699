import type { Vocabulary } from '../../core/index.js';
import type { Weights } from '../../nn/index.js';

/** Name of the weights that are a row an item. */
export const itemTable = 'items';
/** Epochs of going on where nothing newer is held out by which to stop: most of the events were learned from before. */
const onwards = 4;

/** Epochs of a fit that goes on, where `stops` says whether it has something to stop by. */
export function epochsOnwards(epochs: number, stops: boolean): number {
  return stops ? epochs : Math.min(onwards, epochs);
}

/**
 * Takes over what a former fit learned, of items one by one: those that it did not know begin as ever.
 */
export function takeOver(
  own: Weights,
  { ids, weights }: { ids: readonly string[]; weights: Readonly<Record<string, Float32Array>> },
  items: Vocabulary,
): void {
  const [learned, rows] = [weights[itemTable]!, own.copy()[itemTable]!];
  const width = rows.length / items.size;
  ids.forEach((id, from) => {
    const row = items.row(id);
    if (row >= 0) rows.set(learned.subarray(from * width, (from + 1) * width), row * width);
  });
  own.load({ ...weights, [itemTable]: rows });
}
