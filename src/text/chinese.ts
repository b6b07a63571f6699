import { createRequire } from 'node:module';

/** Splits Chinese text, which has no blanks, into words. */
export interface ChineseWords {
  /** Words of a run of Chinese characters, in order; together they are the run. */
  cut(run: string): string[];
  /** Makes words known that the general dictionary lacks. */
  learn(words: readonly string[]): void;
}

type Load = () => { Jieba: typeof import('@node-rs/jieba').Jieba; dict: Uint8Array };
/** Frequency of a learned word: above that of what it would be split into. */
const learnedFrequency = 100_000;

function loadJieba(): ReturnType<Load> {
  const require = createRequire(import.meta.url);
  const { Jieba } = require('@node-rs/jieba') as typeof import('@node-rs/jieba');
  return { Jieba, dict: (require('@node-rs/jieba/dict') as { dict: Uint8Array }).dict };
}

/**
 * Jieba with its general dictionary: ~.2 s and ~60 MB, so it is loaded where there is Chinese text to be indexed.
 * Where it cannot be loaded the answer is undefined and `warn` is told why; pairs of characters serve then.
 */
export function openChineseWords(
  warn: (error: unknown, what: string) => void = () => {},
  load: Load = loadJieba,
): ChineseWords | undefined {
  try {
    const { Jieba, dict } = load();
    const jieba = Jieba.withDict(dict);
    return {
      cut: (run) => jieba.cut(run, true),
      learn: (words) => {
        const lines = words.filter((word) => /^\p{Script=Han}{2,8}$/u.test(word));
        if (lines.length === 0) return;
        jieba.loadDict(Buffer.from(lines.map((word) => `${word} ${learnedFrequency} n\n`).join('')));
      },
    };
  } catch (error) {
    warn(error, 'Chinese words cannot be told apart here; search goes by pairs of characters');
    return undefined;
  }
}
