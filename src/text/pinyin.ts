import { createRequire } from 'node:module';
import { fold } from './fold.js';

const han = /\p{Script=Han}/u;
let convert: typeof import('pinyin-pro').pinyin | undefined;

/** How a Chinese text is typed on a Latin keyboard: whole ("paobuxie") and by initials ("pbx"). */
export interface Pinyin {
  whole: string;
  initials: string;
}

/** Undefined for a text without a Chinese character. Readings follow the words: 重庆 is chongqing. */
export function pinyinOf(text: string): Pinyin | undefined {
  if (!han.test(text)) return undefined;
  convert ??= (createRequire(import.meta.url)('pinyin-pro') as typeof import('pinyin-pro')).pinyin;
  const syllables = convert(fold(text), { toneType: 'none', type: 'array', v: true }).filter(
    (syllable) => syllable.trim() !== '',
  );
  return { whole: syllables.join(''), initials: syllables.map((syllable) => [...syllable][0]).join('') };
}
