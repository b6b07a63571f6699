import { randomBytes } from 'node:crypto';

/** A new id that sorts by time: 48 bits of ms, 80 random bits, base 36 (like a ULID, shorter alphabet rules). */
export function newId(prefix: string, now: number): string {
  return `${prefix}_${now.toString(36).padStart(9, '0')}${BigInt(`0x${randomBytes(10).toString('hex')}`)
    .toString(36)
    .padStart(16, '0')}`;
}
