import { type Duck, rows } from './duck.js';
import { cleanText } from './identity.js';
import type { Guess } from './mapping.js';
import { readRating } from './numbers.js';
import type { Raw } from './raw.js';
import { plainName, synonyms } from './synonyms.js';
import { zoneOf } from './zones.js';

/** Meanings that a name alone does not give, by what most of the values must be: a `note` is a rating or a sentence. */
const checks = {
  value: { fits: (text: string) => readRating(text) !== undefined, says: 'ratings' },
  zone: { fits: (text: string) => zoneOf(text) !== undefined, says: 'time zones' },
} as const;
const textsLookedAt = 1000;

/**
 * Of the roles guessed by a header or a dialect, takes back those that the values do not bear out, or gives them to another column
 * of such a name. What a mapping says stays.
 */
export async function confirmByValues(
  duck: Duck,
  raw: Raw,
  { guesses, notes }: { guesses: readonly Guess[]; notes: string[] },
): Promise<Guess[]> {
  const confirmed: Guess[] = [];
  const taken = new Set(guesses.flatMap(({ columns }) => columns));
  for (const guess of guesses) {
    const { role } = guess;
    if (guess.by === 'mapping' || (role !== 'value' && role !== 'zone')) {
      confirmed.push(guess);
      continue;
    }
    const { fits, says } = checks[role];
    const others = raw.columns.filter((one) => !taken.has(one) && synonyms[role].includes(plainName(one)));
    let found: string | undefined;
    for (const column of [...guess.columns, ...others]) {
      if (found === undefined && (await mostly(duck, raw.name(column), fits))) found = column;
    }
    if (found === undefined) notes.push(`${guess.columns[0]} has no ${says}: not read`);
    else confirmed.push({ ...guess, columns: [found] });
  }
  return confirmed;
}

/** Whether most of the rows that say something fit, by the commonest texts. */
async function mostly(duck: Duck, column: string, fits: (text: string) => boolean): Promise<boolean> {
  const text = await cleanText(duck, column, 'value', undefined);
  const found = await rows(
    duck.connection,
    `SELECT t, count(*) AS n FROM (SELECT ${text} AS t FROM raw) WHERE t IS NOT NULL GROUP BY t ORDER BY n DESC, t LIMIT ${textsLookedAt}`,
  );
  let [good, all] = [0, 0];
  for (const { t, n } of found) {
    all += Number(n);
    if (fits(String(t))) good += Number(n);
  }
  return 2 * good > all;
}
