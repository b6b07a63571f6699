export { type Catalogue, type ItemPatch, openCatalogue } from './catalogue.js';
export { comparisonsIn, compileFilter, type ItemFilter } from './filter.js';
export { FilterSets } from './filterSets.js';
export { ItemDictionary } from './itemDictionary.js';
export { kindsOf } from './kinds.js';
export { TitleIndex } from './titleIndex.js';
