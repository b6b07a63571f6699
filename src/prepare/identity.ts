import { quoteText } from './duck.js';

/** Texts that stand where there is nothing, in any case. */
const nothing = `null nil nan none undefined n/a #n/a na #na <na> <null> <none> (null) (none) [null] \\n -nan 1.#qnan -1.#ind 1.#ind #value! #ref!
  (not set) (not provided) not_set not set notset not available not applicable missing (missing) empty (empty) blank void - -- . ? 空 无 未知 不详 暂无`;
/** Texts that stand for a shopper whom nobody knows. */
const nobody = `0 -1 guest guests anonymous anon unknown (unknown) (other) visitor guest_user guest-user guestuser nobody no_user nouser default
  匿名 匿名用户 游客 访客 gast invité invitado ospite гость 비회원 ゲスト`;

/** SQL of a text without blanks around it, and without the `="…"` that keeps Excel from changing it; null when empty. */
export const trimmed = (column: string): string =>
  `nullif(regexp_replace(trim(${column}, ${quoteText(' \t\r\n\u00a0\u3000\ufeff')}), '^="(.*)"$', '\\1'), '')`;

/** SQL: whether a text is a placeholder. Those of shoppers are more: 0, a GUID of zeros, guest. */
export function isPlaceholder(text: string, of: 'user' | 'id' | 'value', extra: readonly string[] | undefined): string {
  if (extra) return listed(text, extra.map((word) => word.toLowerCase()));
  const words = split(nothing);
  if (of !== 'user') return `(${listed(text, words)}${of === 'id' ? ` OR ${zeroGuid(text)}` : ''})`;
  return `(${listed(text, [...words, ...split(nobody)])} OR ${zeroGuid(text)} OR regexp_full_match(${text}, '0+(\\.0+)?|-1\\.0'))`;
}

const listed = (text: string, words: readonly string[]): string =>
  words.length === 0 ? 'false' : `lower(${text}) IN (${words.map(quoteText).join(', ')})`;
const zeroGuid = (text: string): string => `regexp_full_match(${text}, '\\{?0{8}-?(0{4}-?){3}0{12}\\}?')`;

/** Words of a list in which those of several words are told apart by what is known to belong together. */
function split(text: string): string[] {
  const several = ['(not set)', '(not provided)', 'not set', 'not available', 'not applicable'];
  const rest = several.reduce((left, phrase) => left.replaceAll(phrase, ' '), ` ${text} `);
  return [...several.filter((phrase) => text.includes(phrase)), ...rest.split(/\s+/).filter(Boolean)];
}
