export { type Catalogue, type ItemPatch, openCatalogue } from './catalogue.js';
export { compileFilter, type ItemFilter } from './filter.js';
export { ItemDictionary } from './itemDictionary.js';
export { TitleIndex } from './titleIndex.js';
