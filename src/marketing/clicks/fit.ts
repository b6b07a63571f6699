import { type Cell, looked, none, outcomes, positions, type Slot } from './slot.js';

const rounds = 500;
/** Clicks by which the effect of a place is drawn to none. */
const placeClicks = [1, 5, 20, 100, 1_000, 10_000];
/** How firmly an item's rate is held to its slot's, in expected clicks. */
const firmness = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 1_000, 10_000];
/** How much likelier differences must be than none, in log-likelihood (chosen on the middle of the Open Bandit Data). */
const proof = 2;

/** Finds the effects of places and all rates anew from the counts of all slots, in place. */
export function fitSlots(slots: readonly Slot[]): void {
  for (const slot of slots) fitAllPlaces(slot);
  fitRates(slots);
  for (const slot of slots) fitFirmness(slot);
}

function fitAllPlaces(slot: Slot): void {
  const cells = [...slot.items.values()];
  slot.seen.fill(1);
  const free = fitPlaces(slot, cells, placeClicks[0]!);
  const firm = likeliest(
    placeClicks,
    [...free].map((mean, place) => [slot.clicked[place]!, mean]),
  );
  if (firm !== placeClicks[0]) fitPlaces(slot, cells, firm);
}

/** Each slot's rates, drawn to those of all slots together as firmly as their clicks allow. */
function fitRates(slots: readonly Slot[]): void {
  const shown = slots.map(({ items, seen }) =>
    [...items.values()].reduce((sum, cell) => sum + looked(cell.shown, seen), 0),
  );
  const all = shown.reduce((sum, one) => sum + one, 0);
  const pooled = none();
  for (const outcome of outcomes)
    pooled[outcome] = (slots.reduce((sum, { total }) => sum + total[outcome], 0) + 0.5) / (all + 1);
  const firm = likeliest(
    firmness,
    slots.map(({ total }, at) => [total.clicked, pooled.clicked * shown[at]!]),
  );
  slots.forEach((slot, at) => {
    for (const outcome of outcomes)
      slot.rate[outcome] = (slot.total[outcome] + firm) / (shown[at]! + firm / pooled[outcome]);
  });
}

function fitFirmness(slot: Slot): void {
  slot.firm = likeliest(
    firmness,
    [...slot.items.values()].map(({ shown, came }) => [
      came.clicked,
      slot.rate.clicked * looked(shown, slot.seen),
    ]),
  );
}

/**
 * Rates of items and effects of places in turn, until the places rest; returns the clicks each place would have had
 * without its effect. Items are free here: held to a common rate, what good items earn would be credited to the places
 * where they stand.
 */
function fitPlaces(slot: Slot, cells: readonly Cell[], firm: number): Float64Array {
  const expected = new Float64Array(positions);
  for (let round = 0; round < rounds; round++) {
    expected.fill(0);
    for (const { shown, came } of cells) {
      const rate = came.clicked / Math.max(1e-9, looked(shown, slot.seen));
      for (let place = 0; place < shown.length; place++) expected[place]! += rate * shown[place]!;
    }
    const raw = expected.map((mean, place) => (slot.clicked[place]! + firm) / (mean + firm));
    const next = raw.map((one) => one / raw[0]!);
    const moved = next.reduce((most, one, place) => Math.max(most, Math.abs(one - slot.seen[place]!)), 0);
    slot.seen = next;
    if (moved < 1e-5) break;
  }
  return expected;
}

/**
 * Of these, the firmness under which the counts (negative binomial with the means given) are likeliest; the firmest where
 * that is hardly less so: differences that a few clicks alone speak for are taken for chance.
 */
function likeliest(
  firmnesses: readonly number[],
  counts: readonly (readonly [count: number, mean: number])[],
): number {
  const likelihoods = firmnesses.map((firm) =>
    counts.reduce((sum, [count, mean]) => sum + logNegativeBinomial(count, mean, firm), 0),
  );
  const most = Math.max(...likelihoods);
  if (likelihoods.at(-1)! >= most - proof) return firmnesses.at(-1)!;
  return firmnesses[likelihoods.indexOf(most)]!;
}

const logNegativeBinomial = (count: number, mean: number, firm: number): number =>
  logGamma(count + firm) -
  logGamma(firm) +
  firm * Math.log(firm / (firm + mean)) +
  count * Math.log(mean / (firm + mean) + 1e-12);

/** Stirling's series after a shift, error below 1e-8. */
function logGamma(x: number): number {
  let shift = 0;
  let z = x;
  while (z < 7) shift -= Math.log(z++);
  return (
    shift + (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * z) - 1 / (360 * z ** 3)
  );
}
