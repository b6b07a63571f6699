export { type Catalogue, type ItemPatch, openCatalogue } from './catalogue.js';
export { compileFilter, type ItemFilter } from './filter.js';
export { TitleIndex } from './titleIndex.js';
