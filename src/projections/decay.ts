export const day = 86_400_000;

/** Exponential decay: `value` as of time `at` (ms); halves every `halfLife` ms. */
export interface Decayed {
  value: number;
  at: number;
}

/** 2^x; `Math.exp` is several times faster than the general power. */
export function exp2(x: number): number {
  return Math.exp(x * Math.LN2);
}

/** What `value` as of time `at` is at `now`; at an earlier `now` it is as it was: late events do not grow the past. */
export function decayed(value: number, at: number, now: number, halfLife: number): number {
  return now <= at ? value : value * exp2((at - now) / halfLife);
}

export function decayedAt({ value, at }: Decayed, now: number, halfLife: number): number {
  return decayed(value, at, now, halfLife);
}

/** Adds `weight` that happened at `time`; a late event is decayed to the counter's own time. */
export function addDecayed(counter: Decayed, weight: number, time: number, halfLife: number): void {
  if (time >= counter.at) {
    counter.value = decayedAt(counter, time, halfLife) + weight;
    counter.at = time;
  } else {
    counter.value += decayed(weight, time, counter.at, halfLife);
  }
}
