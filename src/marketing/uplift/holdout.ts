import { createHash } from 'node:crypto';
import { EndcapError } from '../../core/index.js';
import type { Interval } from '../../math/index.js';

/** Whether a shopper is held out of a campaign: always the same answer, drawn by their id and the campaign's. */
export function isHeldOut(user: string, campaign: string, share: number): boolean {
  return shareOf(`${campaign}\0${user}`) < share;
}

/** A number in [0, 1) that a text always has. */
export function shareOf(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

/** What one arm of a campaign did. `sum` and `squares` are of the value (or of 1 a conversion). */
export interface Arm {
  shoppers: number;
  sum: number;
  squares: number;
}

export interface IncrementReport {
  treated: number;
  control: number;
  /** Per shopper, treated less control. */
  perShopper: Interval;
  /** Over all treated. */
  total: Interval;
  /** Whether the interval leaves 0 out. */
  proven: boolean;
}

/** What a campaign brought against its holdout, with 95 % intervals (Welch). Throws where an arm has nobody to compare. */
export function incrementReport(treated: Arm, control: Arm): IncrementReport {
  for (const [name, { shoppers }] of [
    ['treated', treated],
    ['control', control],
  ] as const)
    if (shoppers < 2)
      throw new EndcapError(
        'too_little_data',
        `The ${name} arm has ${shoppers} shoppers: nothing to compare`,
        {
          errors: [{ field: name, message: 'needs two shoppers at least' }],
          remedy: 'Keep a holdout, and wait until it has shoppers',
        },
      );
  const moments = [treated, control].map(({ shoppers, sum, squares }) => {
    const average = sum / shoppers;
    return { average, error: Math.max(0, squares / shoppers - average ** 2) / (shoppers - 1) };
  });
  const difference = moments[0]!.average - moments[1]!.average;
  const half = 1.96 * Math.sqrt(moments[0]!.error + moments[1]!.error);
  const scaled = (by: number): Interval => ({
    mean: by * difference,
    low: by * (difference - half),
    high: by * (difference + half),
  });
  return {
    treated: treated.shoppers,
    control: control.shoppers,
    perShopper: scaled(1),
    total: scaled(treated.shoppers),
    proven: difference - half > 0 || difference + half < 0,
  };
}
