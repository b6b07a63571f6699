import { fitNormalizer, type Normalizer, normalize } from '../../math/index.js';
import type { Dataset } from '../recommender.js';
import { timesTouched } from '../support.js';

/** What is known of items in numbers, normalised on the training data. */
export interface ItemNumbers {
  scaling: Normalizer;
  /** [items × columns]: the price, and how often the item was touched; 0 (the mean) where a price is not known. */
  values: Float32Array;
}

const columns = ['price', 'touched'] as const;
export const numbersPerItem = columns.length;

export function itemNumbers(data: Dataset): ItemNumbers {
  const { items, catalogue } = data;
  const touched = timesTouched(data);
  const price = Float64Array.from(touched, (_, row) => catalogue?.[row]?.price ?? Number.NaN);
  const raw = { price, touched };
  const scaling = fitNormalizer({
    price: { values: price, log: true },
    touched: { values: touched, log: true },
  });
  const values = new Float32Array(items.size * numbersPerItem);
  columns.forEach((name, column) => {
    for (let row = 0; row < items.size; row++)
      values[row * numbersPerItem + column] = normalize(scaling[name]!, raw[name][row]!);
  });
  return { scaling, values };
}
