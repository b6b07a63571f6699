import { stemmer } from 'stemmer';

const english = /^[a-z]{4,30}$/;

/** The stem of an English word in lower case (Porter 1980); another word is its own. */
export function stem(word: string): string {
  return english.test(word) ? stemmer(word) : word;
}

const stopWords = new Set(
  (
    'a an and are as at be but by for from has have i in into is it its me my no not of on or our so such that the ' +
    'their then there these they this to up us was we what when which who will with you your ' +
    '的 了 和 与 及 或 在 是 有 之 等 我 你 他 她 们 这 那 吗 呢 啊 吧 个 款 给'
  ).split(' '),
);

/** Whether a word says nothing of what is looked for. */
export function isStopWord(word: string): boolean {
  return stopWords.has(word);
}
