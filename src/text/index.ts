export { Analyser, type Token, type TokenKind } from './analyser.js';
export { type ChineseWords, openChineseWords } from './chinese.js';
export { QueryVectors, subwordEmbedder, type TextEmbedder } from './embedder.js';
export { fold, simplify } from './fold.js';
export { highlight } from './highlight.js';
export { kindWords } from './kindWords.js';
export { openOnnxFolder } from './onnxFolder.js';
export { type Pinyin, pinyinOf } from './pinyin.js';
export { shopWords } from './shopWords.js';
export { type SkipGramOptions, skipGram } from './skipGram.js';
export { openStaticTable } from './staticTable.js';
export { isStopWord, stem } from './stem.js';
export { isSizeWord, unitOf } from './units.js';
export { trainWordVectorsAside } from './wordTraining.js';
export {
  type TextVectorizer,
  trainWordVectors,
  vectorizer,
  type WordVectorOptions,
  type WordVectors,
  words,
} from './wordVectors.js';
