import type { ChineseWords } from './chinese.js';
import { fold } from './fold.js';
import { isSizeWord, unitOf } from './units.js';

/**
 * `word`: what a reader would call one; `pair`: two neighbouring characters of a script without blanks, across the
 * words; `joined`: a number with its unit or letters ("500ml", "eu42", "mp3"), beside its parts.
 */
export type TokenKind = 'word' | 'pair' | 'joined';

export interface Token {
  /** Folded: lower case, half width, without accents, simplified. */
  word: string;
  kind: TokenKind;
  /** Place in the text as it was given, in UTF-16 units. */
  start: number;
  end: number;
}

/** Letters of a text that are looked at, and of a word: what is longer is cut. */
const longestText = 10_000;
const longestWord = 64;

// Tags and entities of HTML are passed over; scripts without blanks come in runs.
const pattern =
  /<[a-zA-Z/!][^<>]{0,2000}>|&#?[a-zA-Z0-9]{1,10};|(?<run>[\p{Script=Han}々]+|[\p{Script=Hiragana}\p{Script=Katakana}ー]+|[\p{Script=Thai}]+)|(?<letters>[^\P{L}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー](?:[^\P{L}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}ー]|\p{M})*(?:['’](?:[a-zA-Z]{1,2})(?!\p{L}))?)|(?<digits>\p{Nd}+(?:[.,]\p{Nd}+)*)/gu;

/**
 * The one way from text to words, of items and queries alike. Chinese gives words *and* pairs of characters: words
 * tell what is meant, pairs find it where the words were split otherwise. Without `chinese` pairs are the words.
 */
export class Analyser {
  constructor(readonly chinese?: ChineseWords) {}

  /** Tokens in order of their start. */
  tokens(text: string): Token[] {
    const found: Token[] = [];
    const read = text.length > longestText ? text.slice(0, longestText) : text;
    let before: Token | undefined;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(read); match; match = pattern.exec(read)) {
      const { run, letters, digits } = match.groups!;
      const start = match.index;
      if (run !== undefined) {
        if (before && isNumber(before)) join(found, before, unitOf(fold(run)), unitEnd(start, fold(run)));
        this.#run(found, run, start);
        before = undefined;
        continue;
      }
      const whole = letters ?? digits;
      if (whole === undefined) continue;
      const token: Token = { word: wordOf(whole), kind: 'word', start, end: start + whole.length };
      found.push(token);
      if (before) joinNeighbours(found, before, token);
      before = token;
    }
    return found;
  }

  #run(found: Token[], run: string, start: number): void {
    const folded = fold(run);
    // A rare compatibility character may change the length: then every piece points at the whole run.
    const exact = folded.length === run.length;
    const add = (word: string, kind: TokenKind, at: number): void => {
      found.push({
        word,
        kind,
        start: exact ? start + at : start,
        end: exact ? start + at + word.length : start + run.length,
      });
    };
    const words = /^\p{Script=Han}/u.test(folded) ? this.chinese?.cut(folded) : undefined;
    const starts = new Set<number>();
    let at = 0;
    for (const word of words ?? []) {
      add(word.slice(0, longestWord), 'word', at);
      if (word.length === 2) starts.add(at);
      at += word.length;
    }
    const characters = [...folded];
    if (characters.length === 1 && !words) add(folded, 'word', 0);
    at = 0;
    for (let each = 0; each + 1 < characters.length; each++) {
      if (!starts.has(at)) add(characters[each]! + characters[each + 1]!, words ? 'pair' : 'word', at);
      at += characters[each]!.length;
    }
  }
}

/** "Women's" is "women": a possessive says nothing of the thing. */
function wordOf(whole: string): string {
  return fold(whole.replace(/['’][a-z]{1,2}$/i, '')).slice(0, longestWord);
}

function isNumber({ word }: Token): boolean {
  return /^\p{Nd}/u.test(word);
}

function unitEnd(start: number, run: string): number {
  return start + (unitOf(run.slice(0, 2)) ? Math.min(2, run.length) : 1);
}

function joinNeighbours(found: Token[], before: Token, token: Token): void {
  const touching = before.end === token.start;
  const { word } = token;
  if (isNumber(before) && !isNumber(token)) {
    const unit = unitOf(word);
    if (unit ?? touching) join(found, before, unit ?? word, token.end);
  } else if (isNumber(token) && !isNumber(before) && (touching || isSizeWord(before.word))) {
    join(found, before, word, token.end);
  }
}

function join(found: Token[], before: Token, after: string | undefined, end: number): void {
  if (after === undefined) return;
  found.push({
    word: `${before.word}${after}`.slice(0, longestWord),
    kind: 'joined',
    start: before.start,
    end,
  });
}
