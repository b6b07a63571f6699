import { EndcapError } from '../core/index.js';

/** Errors of this room's inputs: each names the field, what is wrong with it and what to do. */
function field(name: string, message: string, remedy: string): EndcapError {
  return new EndcapError('invalid_stock', `${name} ${message}`, {
    remedy,
    errors: [{ field: name, message, remedy }],
  });
}

const shown = (value: unknown): string =>
  typeof value === 'number' ? String(value) : JSON.stringify(value).slice(0, 60);

const each =
  (good: (value: number) => boolean, says: string, remedy: string) =>
  (values: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(values)) {
      // What comes from outside may be a text all the same: it is told as such.
      if (!Number.isFinite(value)) throw field(name, `is ${shown(value)}: it must be a number`, remedy);
      if (!good(value)) throw field(name, `is ${value}: ${says}`, remedy);
    }
  };

export const refuse = {
  field,
  notPositive: each((value) => value > 0, 'it must be above 0', 'Give a number above 0'),
  negative: each((value) => value >= 0, 'it must not be negative', 'Give 0 or more'),
  notShare: each(
    (value) => value > 0 && value < 1,
    'it must lie between 0 and 1',
    'Give a share such as 0.95',
  ),
  notWhole: each(
    (value) => Number.isInteger(value) && value > 0,
    'it must be a whole number above 0',
    'Give units as a whole number',
  ),
};
