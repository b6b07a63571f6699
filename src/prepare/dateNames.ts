const languages = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'sv', 'pl', 'ru'];

/** A word without accents, dots and capitals. */
export const plainWord = (word: string): string =>
  word
    .normalize('NFD')
    .replace(/[\u0300-\u036f.]/g, '')
    .toLowerCase();

/** Number of a month by its name, long or short, without accents and dots, and the languages that call it so. */
export const months = namesOf('month', 12, (at) => Date.UTC(2024, at, 15));

const weekdays = namesOf('weekday', 7, (at) => Date.UTC(2024, 0, 7 + at));

interface Name {
  number: number;
  languages: Set<string>;
}

function namesOf(part: 'month' | 'weekday', count: number, when: (at: number) => number): Map<string, Name> {
  const names = new Map<string, Name>();
  for (const language of languages)
    for (const width of ['long', 'short'] as const)
      for (let at = 0; at < count; at++)
        for (const shape of [
          { [part]: width },
          { [part]: width, day: 'numeric' },
        ] as Intl.DateTimeFormatOptions[]) {
          const parts = new Intl.DateTimeFormat(language, { ...shape, timeZone: 'UTC' }).formatToParts(
            when(at),
          );
          const word = plainWord(parts.find(({ type }) => type === part)?.value ?? '');
          const known = names.get(word);
          if (known) known.languages.add(language);
          else if (word !== '') names.set(word, { number: at + 1, languages: new Set([language]) });
        }
  if (part === 'month') names.set('sept', { number: 9, languages: new Set(['en', 'fr', 'de', 'es']) });
  return names;
}

/** A date without the weekday before or behind it. */
export function withoutWeekday(text: string): string {
  const word = /^([\p{L}.]+),? (.*)$/u.exec(text);
  const chinese = /^(.*?) ?[(（]?(?:星期|周|週)[一二三四五六日天][)）]? ?(.*)$/.exec(text);
  if (chinese && /\d/.test(chinese[1]!)) return `${chinese[1]} ${chinese[2]}`.trim();
  return word && isWeekday(word[1]!, word[2]!) ? word[2]! : text;
}

/** Whether a word before a date is a weekday. `mar` is one in French, where it stands beside a French month; else it is March. */
function isWeekday(word: string, rest: string): boolean {
  const name = plainWord(word);
  const known = weekdays.get(name);
  if (!known || !months.has(name)) return known !== undefined;
  const month = rest
    .match(/\p{L}[\p{L}.]*/gu)
    ?.map((other) => months.get(plainWord(other)))
    .find((one) => one);
  return month !== undefined && [...month.languages].some((language) => known.languages.has(language));
}
