export { type PastSearch, queryKey, SearchMemory } from './memory.js';
export { type OpenSearch, openSearch } from './openSearch.js';
export { analyserFor, ProductIndex } from './productIndex.js';
export {
  type Facet,
  type FoundItem,
  type Lift,
  type SearchRequest,
  type SearchResponse,
  type SearchSort,
  type SearchStep,
  searchSorts,
} from './request.js';
export { longestQuery, Search, type SearchOptions, type SearchSignals } from './search.js';
export type { Suggestion, SuggestRequest, SuggestResponse } from './suggest.js';
export type { ItemScores } from './taste.js';
