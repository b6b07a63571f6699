import { hashOf, type PackedRows, RowTable } from '../../projections/index.js';
import type { Arm } from '../uplift/holdout.js';
import type { Running } from './running.js';

/** Shoppers of all offers who are remembered, each with each of their offers; the longest unused goes first. */
export const mostShoppers = 190_000;
const given = 0;
/** What they are compared as: bits of `armBits`. */
const arms = 1;
const earned = 2;
const nothingUntil = 3;
const armBits = { treated: 1, held: 2 } as const;
type ArmName = keyof typeof armBits;

/**
 * How often each shopper was given an offer, in which arm they are compared and what they earned: numbers by a hash, for
 * anybody can invent shoppers. The sums of the arms hold what those earned who are forgotten; one of them who comes again
 * is another shopper.
 */
export class OfferShoppers {
  readonly #rows = new RowTable(mostShoppers, 4);

  given(running: Running, user: string): number {
    return this.#rows.get(keyOf(running, user))?.[given] ?? 0;
  }

  /** Until when it was drawn that the shopper gets nothing, ms. */
  nothingUntil(running: Running, user: string): number {
    return this.#rows.get(keyOf(running, user))?.[nothingUntil] ?? 0;
  }

  isHeld(running: Running, user: string): boolean {
    return ((this.#rows.get(keyOf(running, user))?.[arms] ?? 0) & armBits.held) > 0;
  }

  give(running: Running, user: string): void {
    const row = this.#rows.open(keyOf(running, user));
    if (row[given]!++ === 0) running.shoppers++;
    running.given++;
  }

  giveNothing(running: Running, user: string, until: number): void {
    this.#rows.open(keyOf(running, user))[nothingUntil] = until;
  }

  /** From now on what the shopper buys is compared. */
  compare(running: Running, user: string, as: ArmName): void {
    const row = this.#rows.open(keyOf(running, user));
    if (row[arms]! & armBits[as]) return;
    row[arms]! |= armBits[as];
    running.arms[as].shoppers++;
    add(running.arms[as], row[earned]!, 1);
    if (as === 'held') running.held++;
  }

  /** Adds to what a shopper who is compared earned the shop. */
  earn(running: Running, user: string, profit: number): void {
    const key = keyOf(running, user);
    if (!this.isCompared(running, user)) return;
    const row = this.#rows.open(key);
    for (const arm of armsOf(running, row)) add(arm, row[earned]!, -1);
    row[earned]! += profit;
    for (const arm of armsOf(running, row)) add(arm, row[earned]!, 1);
  }

  isCompared(running: Running, user: string): boolean {
    return (this.#rows.get(keyOf(running, user))?.[arms] ?? 0) > 0;
  }

  /** Takes back what an erased shopper added. */
  forget(running: Running, user: string): void {
    const key = keyOf(running, user);
    const row = this.#rows.get(key);
    if (!row) return;
    for (const arm of armsOf(running, row)) {
      arm.shoppers--;
      add(arm, row[earned]!, -1);
    }
    if (row[arms]! & armBits.held) running.held--;
    if (row[given]! > 0) running.shoppers--;
    running.given -= row[given]!;
    this.#rows.clear(key);
  }

  pack(): PackedRows {
    return this.#rows.pack();
  }

  restore(packed: PackedRows): void {
    this.#rows.restore(packed);
  }
}

const keyOf = ({ serial }: Running, user: string): number => hashOf(`${serial}\n${user}`);

function armsOf(running: Running, row: Readonly<Float64Array>): Arm[] {
  const names = Object.keys(armBits) as ArmName[];
  return names.filter((name) => row[arms]! & armBits[name]).map((name) => running.arms[name]);
}

function add(arm: Arm, value: number, times: 1 | -1): void {
  arm.sum += times * value;
  arm.squares += times * value * value;
}
