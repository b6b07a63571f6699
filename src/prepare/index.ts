export { reportHtml } from './html.js';
export { type Mapping, parseMapping } from './mapping.js';
export { denormalize, fitNormalizer, type Normalizer, normalize, type Scaling } from './normalize.js';
export { type Prepared, type PrepareOptions, prepareFiles } from './prepare.js';
export { type CleaningReport, formatReport } from './report.js';
