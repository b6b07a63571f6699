export { datasetFromEvents, fingerprint } from './dataset.js';
export { type Evaluation, evaluate } from './evaluate.js';
export { halve, type Options, type Trial } from './halving.js';
export { evaluationHtml } from './html.js';
export { type Manifest, Registry } from './registry.js';
export { formatSelection, selectionRows } from './report.js';
export { challenge, type Selection, select } from './select.js';
export { type Case, type Split, temporalSplit } from './split.js';
