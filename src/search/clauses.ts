import type { Alternative, Clause, InvertedIndex } from '../index/index.js';
import { isStopWord, type Token } from '../text/index.js';
import type { Synonyms } from './synonyms.js';

/** Different words of a query that are looked up. */
const wordsRead = 24;
const completions = 20;
const corrections = 4;
const weights = { prefix: 0.6, correction: 0.8, synonym: 0.8, pairs: 0.9, parts: 0.8 };

/** A clause and the word of the query it stands for. */
export interface WordClause extends Clause {
  word: string;
  /** What is looked for in place of a misspelt word. */
  corrected: string[];
  synonyms: string[];
  /** Words of an item that show the find: what is to be highlighted. */
  words: string[];
  /** A number with its unit. */
  joined: boolean;
}

export interface ClauseOptions {
  /** Whether the last word may be the beginning of one. */
  prefix: boolean;
  /** Whether words that are known may be misspelt ones all the same. */
  typos: boolean;
}

/** A query's tokens as what the index is asked: each telling word once, with what may stand for it. */
export function clausesOf(
  tokens: readonly Token[],
  index: InvertedIndex,
  synonyms: Synonyms,
  options: ClauseOptions,
): WordClause[] {
  const clauses = new Map<string, WordClause>();
  const words = tokens.filter(({ kind }) => kind === 'word');
  const texts = words.map(({ word }) => word);
  const parts = tokens.filter(({ kind }) => kind === 'joined');
  const telling = texts.some((word) => !isStopWord(word));
  for (const token of tokens) {
    const { word, kind } = token;
    const known = clauses.get(word);
    if (known || clauses.size >= wordsRead) continue;
    const last = kind === 'word' && token === words.at(-1);
    const clause = clauseOf(token, words, index, { ...options, prefix: options.prefix && last });
    const isPart =
      kind === 'word' && parts.some(({ start, end }) => token.start >= start && token.end <= end);
    const hint =
      kind === 'pair' ||
      isPart ||
      (telling && isStopWord(word)) ||
      (isOneCharacter(word) && words.length > 1);
    clauses.set(word, { ...clause, required: !hint });
  }
  addSynonyms(texts, clauses, index, synonyms);
  return [...clauses.values()];
}

function clauseOf(
  token: Token,
  words: readonly Token[],
  index: InvertedIndex,
  options: ClauseOptions,
): WordClause {
  const { word, kind } = token;
  const { lexicon } = index;
  const alternatives: Alternative[] = [];
  const corrected: string[] = [];
  const shown = [word];
  const term = lexicon.termOf(word);
  if (term >= 0) alternatives.push({ terms: [term], weight: 1 });
  if (kind === 'joined') {
    const terms = words.filter(({ start, end }) => start >= token.start && end <= token.end);
    addAll(
      alternatives,
      terms.map((part) => lexicon.termOf(part.word)),
      weights.parts,
    );
  }
  if (kind === 'word' && isChinese(word)) {
    if (word.length > 2) {
      const pairs = pairsOf(word);
      addAll(
        alternatives,
        pairs.map((pair) => lexicon.termOf(pair)),
        weights.pairs,
      );
      shown.push(...pairs);
    }
    if (isOneCharacter(word) && words.length === 1)
      for (const number of lexicon.containing(word, completions)) {
        add(alternatives, lexicon.term(number), weights.prefix);
        shown.push(lexicon.word(number));
      }
  }
  if (options.prefix && word.length > 1)
    for (const number of lexicon.withPrefix(word, completions)) {
      add(alternatives, lexicon.term(number), weights.prefix);
      shown.push(lexicon.word(number));
    }
  // "Lunchbag" is "lunch bag".
  const parts = kind === 'word' && alternatives.length === 0 ? lexicon.parts(word) : undefined;
  if (parts) {
    const words = parts.map((number) => lexicon.word(number));
    addAll(
      alternatives,
      parts.map((number) => lexicon.term(number)),
      weights.parts,
    );
    corrected.push(words.join(' '));
    shown.push(...words);
  }
  if (kind === 'word' && (alternatives.length === 0 || parts || options.typos)) {
    for (const { number, edits } of lexicon.near(word, corrections)) {
      add(alternatives, lexicon.term(number), weights.correction ** edits);
      corrected.push(lexicon.word(number));
      shown.push(lexicon.word(number));
    }
  }
  return {
    word,
    required: true,
    alternatives,
    corrected,
    synonyms: [],
    words: shown,
    joined: kind === 'joined',
  };
}

function add(alternatives: Alternative[], term: number, weight: number): void {
  if (alternatives.some(({ terms }) => terms.length === 1 && terms[0] === term)) return;
  alternatives.push({ terms: [term], weight });
}

/** All of the terms together; nothing where one of them is in no item. */
function addAll(alternatives: Alternative[], terms: readonly number[], weight: number): void {
  if (terms.length > 1 && terms.every((term) => term >= 0)) alternatives.push({ terms, weight });
}

function addSynonyms(
  words: readonly string[],
  clauses: Map<string, WordClause>,
  index: InvertedIndex,
  synonyms: Synonyms,
): void {
  for (let at = 0; at < words.length; at++) {
    const found = synonyms.at(words, at);
    if (!found) continue;
    for (const phrase of found.phrases) {
      const phraseWords = index.analyser
        .tokens(phrase)
        .filter(({ kind }) => kind === 'word')
        .map(({ word }) => word);
      const terms = phraseWords.map((word) => index.lexicon.termOf(word));
      if (terms.length === 0 || terms.some((term) => term < 0)) continue;
      // A phrase that is replaced is so as a whole: each of its words is satisfied by what stands for it.
      for (const word of words.slice(at, at + found.length)) {
        const clause = clauses.get(word);
        if (!clause) continue;
        clause.synonyms.push(phrase);
        clause.words.push(...phraseWords);
        (clause.alternatives as Alternative[]).push({ terms, weight: weights.synonym });
      }
    }
  }
}

function pairsOf(word: string): string[] {
  return Array.from({ length: word.length - 1 }, (_, at) => word.slice(at, at + 2));
}

function isChinese(word: string): boolean {
  return /^\p{Script=Han}/u.test(word);
}

/** A single letter or character says little where there are others; a digit may be all that tells two models apart. */
function isOneCharacter(word: string): boolean {
  return word.length === 1 && !/\p{Nd}/u.test(word);
}
