export type { Mapping } from './mapping.js';
export { type Prepared, type PrepareOptions, prepareFiles } from './prepare.js';
export { type CleaningReport, formatReport } from './report.js';
