import { bootstrap, type Interval } from '../math/index.js';
import type { Model } from '../models/index.js';
import type { RatingCase, Window } from './split.js';

/** Error of predicted ratings on one window, with 95 % bootstrap intervals. */
export interface RatingErrors {
  ratings: number;
  mae: Interval;
  rmse: Interval;
}

/** Mean absolute and root mean square error of `predict` over the ratings of a window. */
export function ratingErrors(
  ratings: readonly RatingCase[],
  predict: (one: RatingCase) => number,
  seed: number,
): RatingErrors {
  const off = Float64Array.from(ratings, (one) => predict(one) - one.rating);
  const squares = bootstrap(
    off.map((error) => error * error),
    seed,
  );
  // The root rises with its argument, so it carries the ends of the interval over.
  const rmse = { mean: Math.sqrt(squares.mean), low: Math.sqrt(squares.low), high: Math.sqrt(squares.high) };
  return { ratings: ratings.length, mae: bootstrap(off.map(Math.abs), seed), rmse };
}

/** Predictions of a model that was trained on ratings. */
export function ratedBy(model: Model): (one: RatingCase) => number {
  return ({ profile, now, item }) => model.predictRating!({ profile, now }, model.items.row(item));
}

/** The mean of the past ratings for everything: what a prediction must beat. */
export function meanRating({ past }: Window): () => number {
  let sum = 0;
  let count = 0;
  for (const rating of past.rating) {
    if (Number.isNaN(rating)) continue;
    sum += rating;
    count++;
  }
  const mean = count > 0 ? sum / count : 0;
  return () => mean;
}
