import { type Duck, rows } from './duck.js';
import type { Guess } from './mapping.js';
import type { Raw } from './raw.js';
import { plainName, synonyms } from './synonyms.js';

const clockNames = /time|clock|hour|uhrzeit|heure|hora|^ora$|hh|时间|時間|时刻|時刻|시간|시각|время|час/i;
const clock = `'[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]+)?)?( ?[aApP]\\.?[mM]\\.?)?'`;
const midnight = `'[ T]0?0:00(:00(\\.0+)?)?$'`;

/**
 * Day and time of the day in two columns, as tills write them: told by their values, where the column that is taken for
 * the time has days only, or clocks only, and another one has what is lacking.
 */
export async function settleClock(
  { connection }: Duck,
  raw: Raw,
  guesses: readonly Guess[],
): Promise<Guess[]> {
  const time = guesses.find(({ role }) => role === 'time');
  if (time?.columns.length !== 1 || guesses.some(({ role }) => role === 'clock')) return [...guesses];
  const all = async (column: string, condition: (name: string) => string): Promise<boolean> => {
    const name = raw.name(column);
    const [found] = await rows(
      connection,
      `SELECT count(${name}) > 0 AND count(*) FILTER (NOT (${condition(`trim(${name})`)})) = 0 AS fits FROM raw WHERE ${name} IS NOT NULL`,
    );
    return found?.fits === true;
  };
  const isClock = (name: string): string => `regexp_full_match(${name}, ${clock})`;
  const isDay = (name: string): string =>
    `NOT regexp_matches(regexp_replace(${name}, ${midnight}, ''), ':') AND length(${name}) >= 6`;
  const own = time.columns[0]!;
  const taken = new Set(guesses.flatMap(({ columns }) => columns));
  const others = raw.columns.filter((column) => !taken.has(column));
  const pair = async (day: string, hour: string): Promise<Guess[]> => [
    ...guesses.filter((guess) => guess !== time),
    { ...time, columns: [day] },
    { role: 'clock', columns: [hour], by: time.by },
  ];
  if (time.by === 'header' && (await all(own, isClock))) {
    const days = others.filter((column) => synonyms.time.includes(plainName(column)));
    for (const day of days) if (await all(day, isDay)) return pair(day, own);
    return [...guesses];
  }
  const hours = others.filter((column) => clockNames.test(column));
  if (hours.length === 0 || !(await all(own, isDay))) return [...guesses];
  for (const hour of hours) if (await all(hour, isClock)) return pair(own, hour);
  return [...guesses];
}

/** SQL of a time with the zone that its row says. */
export const withZone = (time: string, zone: string): string =>
  `CASE WHEN ${zone} IS NULL THEN ${time} ELSE ${time} || ' [' || ${zone} || ']' END`;

/** SQL of a day and its clock as one text. */
export const withClock = (day: string, hour: string): string =>
  `CASE WHEN ${hour} IS NULL THEN ${day} ELSE regexp_replace(${day}, ${midnight}, '') || ' ' || ${hour} END`;
