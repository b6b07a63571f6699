import { slicer } from '../core/index.js';
import { pinyinOf } from '../text/index.js';
import type { ProductIndex } from './productIndex.js';

/** Words that are known by their pinyin, how long they are looked at at a time, ms, and what is a Chinese word. */
const wordsAtMost = 20_000;
const sliceMs = 2;
const chineseWord = /^\p{Script=Han}{2,8}$/u;
/** Words that one query may spell, written together. */
const wordsInQuery = 4;

/** The Chinese words of the catalogue by how they are typed: "erji" is 耳机, wherever it stands in a title. */
export class SpelledWords {
  /** How each word is typed; empty for two characters that are no word. */
  #typed = new Map<string, string>();
  /** The word most in use by how it is typed. */
  #words = new Map<string, string>();

  get size(): number {
    return this.#words.size;
  }

  /** Made anew of the words there are, in slices; how a word is typed is worked out once. */
  async follow({ analyser, words: { lexicon } }: Pick<ProductIndex, 'analyser' | 'words'>): Promise<void> {
    const slice = slicer(sliceMs);
    const typed = new Map<string, string>();
    const best = new Map<string, { word: string; uses: number }>();
    for (const { word, uses } of lexicon.all()) {
      if (!chineseWord.test(word)) continue;
      const pause = slice();
      if (pause) await pause;
      const spelled = this.#typed.get(word) ?? (isWord(word) ? (pinyinOf(word)?.whole ?? '') : '');
      typed.set(word, spelled);
      const known = best.get(spelled);
      if (spelled !== '' && (known === undefined || uses > known.uses)) best.set(spelled, { word, uses });
      if (typed.size === wordsAtMost) break;
    }
    this.#typed = typed;
    this.#words = new Map([...best].map(([spelled, { word }]) => [spelled, word]));

    function isWord(text: string): boolean {
      return analyser.tokens(text).some((token) => token.kind === 'word' && token.word === text);
    }
  }

  /** The words that `typed` spells, as few as can be, or undefined. */
  read(typed: string): string | undefined {
    // Of each place, the fewest words that spell what comes before it.
    const spelled: (string[] | undefined)[] = [[]];
    for (let end = 1; end <= typed.length; end++)
      for (let start = 0; start < end; start++) {
        const before = spelled[start];
        const fewest = spelled[end]?.length ?? wordsInQuery + 1;
        const word =
          before && before.length + 1 < fewest ? this.#words.get(typed.slice(start, end)) : undefined;
        if (word !== undefined) spelled[end] = [...before!, word];
      }
    return typed === '' ? undefined : spelled[typed.length]?.join(' ');
  }
}
