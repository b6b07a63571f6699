export { Fusion, type FusionOptions, fusionDefaults, type Opinion } from './fusion.js';
export { Guard, guardedEvery } from './guard.js';
export { ItemCounts } from './itemCounts.js';
export {
  LogBilinear,
  type LogBilinearOptions,
  logBilinearDefaults,
  type PackedLogBilinear,
} from './logBilinear.js';
export { Negatives } from './negatives.js';
export { SoftmaxStep, type StepOptions } from './softmaxStep.js';
export { ItemVectors, type PackedVectors } from './vectors.js';
