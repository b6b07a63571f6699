import { type Duck, quoteText, rows } from './duck.js';

/** Texts that stand where there is nothing, in any case. */
const nothing = `null nil nan none undefined n/a #n/a na #na <na> <null> <none> (null) (none) [null] \\n -nan 1.#qnan -1.#ind 1.#ind #value! #ref! #name? #div/0! #num! #null! n.a. {} [] [object] not-set notavailable 无 空值 未定义
  (not set) (not provided) [object object] not_set not set notset not available not applicable missing (missing) empty (empty) blank void - -- . ? 空 无 未知 不详 暂无`;
/** Texts that stand for a shopper whom nobody knows. */
const nobody = `0 -1 not logged in no user logged out guest guests anonymous anon unknown (unknown) (other) visitor guest_user guest-user guestuser nobody no_user nouser default
  nologin not_logged_in not-logged-in notloggedin loggedout no-user 匿名 匿名用户 游客 访客 未登录 未登陆 未知用户 gast invité invitado ospite гость 비회원 ゲスト`;

export type TextKind = 'plain' | 'user' | 'id' | 'value';

/**
 * SQL of a column's text without blanks around it and, unless plain, null where a placeholder stands. What there is to
 * clean is looked for among the distinct texts, so that clean columns, which are most, cost nothing a row.
 */
export async function cleanText(
  { connection }: Duck,
  column: string,
  kind: TextKind,
  extra: readonly string[] | undefined,
): Promise<string> {
  const odd = kind === 'plain' ? 'false' : isPlaceholder(trimmed('x'), kind, extra);
  const [found] = await rows(
    connection,
    `SELECT coalesce(bool_or(${trimmed('x')} IS DISTINCT FROM x), false) AS untidy, list(${trimmed('x')}) FILTER (${odd}) AS placeholders
     FROM (SELECT DISTINCT ${column} AS x FROM raw WHERE ${column} IS NOT NULL)`,
  );
  const text = found?.untidy === true ? trimmed(column) : column;
  const placeholders = (found?.placeholders as string[] | null) ?? [];
  if (placeholders.length === 0) return text;
  return `CASE WHEN ${text} IN (${[...new Set(placeholders)].map(quoteText).join(', ')}) THEN NULL ELSE ${text} END`;
}

/** SQL of a text without blanks around it, and without the `="…"` that keeps Excel from changing it; null when empty. */
const trimmed = (column: string): string =>
  `nullif(regexp_replace(trim(${column}, ${quoteText(' \t\r\n\u00a0\u3000\ufeff')}), '^="(.*)"$', '\\1'), '')`;

/** SQL: whether a text is a placeholder. Those of shoppers are more: 0, a GUID of zeros, guest. */
function isPlaceholder(
  text: string,
  of: 'user' | 'id' | 'value',
  extra: readonly string[] | undefined,
): string {
  if (extra)
    return listed(
      text,
      extra.map((word) => word.toLowerCase()),
    );
  const words = split(nothing);
  if (of !== 'user') return `(${listed(text, words)}${of === 'id' ? ` OR ${zeroGuid(text)}` : ''})`;
  return `(${listed(text, [...words, ...split(nobody)])} OR ${zeroGuid(text)} OR regexp_full_match(${text}, '0+(\\.0+)?|-1\\.0'))`;
}

const listed = (text: string, words: readonly string[]): string =>
  words.length === 0 ? 'false' : `lower(${text}) IN (${words.map(quoteText).join(', ')})`;
const zeroGuid = (text: string): string => `regexp_full_match(${text}, '\\{?0{8}-?(0{4}-?){3}0{12}\\}?')`;

/** Words of a list in which those of several words are told apart by what is known to belong together. */
function split(text: string): string[] {
  const several = [
    '(not set)',
    '(not provided)',
    'not set',
    'not available',
    'not applicable',
    '[object object]',
    'not logged in',
    'no user',
    'logged out',
  ];
  const rest = several.reduce((left, phrase) => left.replaceAll(phrase, ' '), ` ${text} `);
  return [...several.filter((phrase) => text.includes(phrase)), ...rest.split(/\s+/).filter(Boolean)];
}
