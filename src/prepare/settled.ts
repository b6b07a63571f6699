import type { Guess, Mapping } from './mapping.js';
import type { Raw } from './raw.js';
import type { Role } from './roles.js';
import type { OrdersBefore } from './wholeRefunds.js';

/** What is known of the rows before they are cleaned. */
export interface Settled {
  guesses: readonly Guess[];
  raw: Raw;
  defaultType: string;
  mapping: Mapping;
  now: number;
  /** Which returns give back what was imported before. */
  earlier?: ((returns: readonly Return[]) => Promise<readonly boolean[]>) | undefined;
  /** What was imported before of orders that are given back. */
  ordersBefore?: OrdersBefore | undefined;
}

/** Whether some column plays a role; a price is known by the amount of a line, too. */
export const hasRole = ({ guesses }: Pick<Settled, 'guesses'>, role: Role): boolean =>
  guesses.some((guess) => guess.role === role || (role === 'price' && guess.role === 'total'));

/** What was decided of the columns from all of their values. */
export interface Decisions {
  notes: string[];
  dates?: 'dmy' | 'mdy' | undefined;
  decimal?: '.' | ',' | undefined;
  equalRows: 'duplicates' | 'units';
  suggestions: { rule: string; rows: number; examples: string[]; remedy: string }[];
}

/** Units that a file says were given back, of which it has no purchase. `time` in ms. */
export interface Return {
  user: string;
  item: string;
  units: number;
  time: number;
}
