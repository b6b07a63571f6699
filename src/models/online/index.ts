export * from './admission.js';
export { Appender, type Appends } from './appender.js';
export { Fusion, type FusionOptions, fusionDefaults, type Opinion } from './fusion.js';
export { Guard, guardedEvery } from './guard.js';
export { ItemCounts } from './itemCounts.js';
export { ItemIds, mostNewItems } from './itemIds.js';
export { LiveSessions } from './liveSessions.js';
export {
  LogBilinear,
  type LogBilinearOptions,
  logBilinearDefaults,
  type PackedLogBilinear,
} from './logBilinear.js';
export { logBilinear } from './logBilinearModel.js';
export { Negatives } from './negatives.js';
export { SoftmaxStep, type StepOptions } from './softmaxStep.js';
export * from './streamLearner.js';
export type { RowChanges, StreamModel } from './streamModel.js';
export { ItemVectors, type PackedVectors } from './vectors.js';
