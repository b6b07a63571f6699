export { type Catalogue, type ItemPatch, openCatalogue } from './catalogue.js';
export { attributesIn, comparisonsIn, compileFilter, type ItemFilter } from './filter.js';
export { FilterSets, missingAttributes } from './filterSets.js';
export { ItemDictionary } from './itemDictionary.js';
export { kindsOf } from './kinds.js';
export { TitleIndex } from './titleIndex.js';
