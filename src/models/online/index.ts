export { ItemCounts } from './itemCounts.js';
export { LogBilinear, type LogBilinearOptions, logBilinearDefaults } from './logBilinear.js';
export { Negatives } from './negatives.js';
export { SoftmaxStep, type StepOptions } from './softmaxStep.js';
export { ItemVectors } from './vectors.js';
