/** Ratings that a shopper is taken to have given before the first, at this share of the scale. */
const prior = { ratings: 3, share: 0.6 };
/** Scales go at least as far. */
const leastScale = 5;

/** The ratings of one shopper. */
export interface RatingsGiven {
  count: number;
  sum: number;
  largest: number;
}

/** What the shopper usually gives: a running mean that begins a little above the middle of the scale. */
export function usualRating(given: RatingsGiven | undefined): number {
  const { count = 0, sum = 0, largest = 0 } = given ?? {};
  return (sum + prior.ratings * prior.share * Math.max(leastScale, largest)) / (count + prior.ratings);
}

export function addRating(given: RatingsGiven, value: number): void {
  given.count++;
  given.sum += value;
  given.largest = Math.max(given.largest, value);
}

export function mergeRatings(from: RatingsGiven, into: RatingsGiven): void {
  into.count += from.count;
  into.sum += from.sum;
  into.largest = Math.max(into.largest, from.largest);
}

/** Below the shopper's own usual a rating repels as much as it would attract. A scale may be used for the first time. */
export function ratingWeight(
  weight: number,
  value: number | undefined,
  given: RatingsGiven | undefined,
): number {
  if (value === undefined) return weight;
  const seen = { count: 0, sum: 0, ...given, largest: Math.max(given?.largest ?? 0, value) };
  return value < usualRating(seen) ? -weight : weight;
}
