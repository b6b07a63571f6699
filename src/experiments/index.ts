export { type Assignment, assign, hashUnit, Identities } from './assign.js';
export * from './config.js';
export { type Evidence, type Explored, exploreSlots, thompson } from './explore.js';
export { type Interleaved, points, preference, type Team, teamDraft } from './interleave.js';
export { exposureKey, Ledger, propensityKey } from './ledger.js';
export { addTo, type Lift, liftOf, type Sample } from './lift.js';
export { type Estimate, type Estimator, estimators, type LoggedDecisions, offPolicy } from './offPolicy.js';
export { type RatioCheck, ratioCheck } from './ratio.js';
export { type ExperimentReport, harmful, reportOf, type VariantReport } from './report.js';
