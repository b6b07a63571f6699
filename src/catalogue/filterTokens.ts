import type { EndcapError } from '../core/index.js';

export interface Token {
  kind: 'word' | 'string' | 'number' | 'symbol' | 'end';
  text: string;
  /** Position in the filter, from 0. */
  at: number;
}

const pattern =
  /\s+|(?<word>[\p{L}_][\p{L}\p{N}_.-]*)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<symbol><=|>=|!=|[=<>(),])/uy;

/** Splits a filter into words, literals and symbols; keywords are words in lower case. */
export function tokenize(
  text: string,
  invalid: (what: string, at: number, remedy: string) => EndcapError,
): Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  while (pattern.lastIndex < text.length) {
    const at = pattern.lastIndex;
    const match = pattern.exec(text);
    if (!match) {
      const quote = text[at] === '"' || text[at] === "'";
      throw quote
        ? invalid('A text has no closing quote', at, 'Close it with the same quote')
        : invalid(
            `Unexpected "${String.fromCodePoint(text.codePointAt(at)!)}"`,
            at,
            'Write a condition such as price < 20',
          );
    }
    const [kind, found] = Object.entries(match.groups!).find(([, part]) => part !== undefined) ?? [];
    if (kind === undefined || found === undefined) continue;
    tokens.push({ kind: kind as Token['kind'], text: kind === 'string' ? unquote(found) : found, at });
  }
  tokens.push({ kind: 'end', text: '', at: text.length });
  return tokens;
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gsu, '$1');
}
