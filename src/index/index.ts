export { type Bm25Options, defaultBm25, idf, type TextField, textFields } from './bm25f.js';
export { FacetColumn, FacetCounts, NumberColumn } from './columns.js';
export { type Alternative, type Clause, clauseLimit, InvertedIndex } from './invertedIndex.js';
export { Lexicon } from './lexicon.js';
export { Matches } from './matches.js';
export { SortedLists } from './sortedLists.js';
export { editDistance, editsAllowed, TypoDictionary } from './typos.js';
export { ColdItems } from './vector/coldItems.js';
export { type Found, IvfIndex } from './vector/ivfIndex.js';
