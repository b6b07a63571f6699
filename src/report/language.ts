/** Languages that the pages are written in. */
export const languages = ['en', 'zh'] as const;
export type Language = (typeof languages)[number];

/** The first of ours that a browser names in `Accept-Language`, where the best liked comes first; English without one. */
export function languageOf(accepted = ''): Language {
  const named = accepted
    .split(',')
    .map((tag) => tag.trim().slice(0, 2).toLowerCase())
    .find((tag): tag is Language => languages.includes(tag as Language));
  return named ?? 'en';
}

/** Puts figures where `{}` stands. */
export function said(text: string, ...figures: (string | number)[]): string {
  let at = 0;
  return text.replaceAll('{}', () => figures[at++]!.toLocaleString('en'));
}
