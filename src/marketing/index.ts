export { type IntentExamples, intentExamples } from './intent/examples.js';
export { intentFeatureNames } from './intent/features.js';
export { type ItemCounts, VisitFold, type VisitObserver } from './intent/fold.js';
export { Intent, type IntentAnswer, type IntentReason } from './intent/intent.js';
export { type NextPurchase, nextPurchase } from './intent/past.js';
export { StreamCalibration } from './intent/recalibrate.js';
export { type IntentReport, type TrainedIntent, trainIntent } from './intent/train.js';
export type { Visit } from './intent/visits.js';
export * from './propensity.js';
