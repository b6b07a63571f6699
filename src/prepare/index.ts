export { dialects } from './dialects.js';
export { type Edit, editOf, isOrder, isPartOf } from './edits.js';
export { reportHtml } from './html.js';
export { type ItemReport, prepareItems } from './items.js';
export { type Mapping, parseMapping, parseMappingText } from './mapping.js';
export { denormalize, fitNormalizer, type Normalizer, normalize, type Scaling } from './normalize.js';
export { type ColumnType, csvToParquet } from './parquet.js';
export { type Prepared, type PrepareOptions, prepareFiles } from './prepare.js';
export { type CleaningReport, formatReport } from './report.js';
export { scratchIn, sweepScratch } from './scratch.js';
export { readTime } from './times.js';
export {
  type TextVectorizer,
  trainWordVectors,
  vectorizer,
  type WordVectors,
  words,
} from './words.js';
