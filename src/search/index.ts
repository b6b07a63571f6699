export type { SearchSignals } from './context.js';
export { queryKey, SearchMemory } from './memory.js';
export { type OpenSearch, openSearch } from './openSearch.js';
export { analyserFor, ProductIndex } from './productIndex.js';
export { longestQuery, Search, type SearchOptions } from './search.js';
export { type SearchSettings, searchSettings } from './settings.js';
export type { ItemScores } from './taste.js';
export { vectorLearning } from './titleVectors.js';
