export { CheckpointStore } from './checkpointStore.js';
export { patience, processorClock } from './clock.js';
export { compare, type Selection, type SelectOptions } from './compare.js';
export { countedEvents, datasetFromEvents, fingerprint } from './dataset.js';
export { type Decision, deployBest } from './deploy.js';
export { type Evaluation, evaluate, type Figures } from './evaluate.js';
export type { Candidate } from './finalists.js';
export { halve } from './halving.js';
export { evaluationHtml } from './html.js';
export type { Manifest } from './manifest.js';
export {
  type TrainingContext,
  type TrainingOutcome,
  type TrainingRequest,
  trainShop,
} from './pipeline.js';
export { ratingErrors } from './ratings.js';
export { type Listed, Registry } from './registry.js';
export { formatDecision, formatSelection, formatTook, selectionRows } from './report.js';
export type { LearnedShelf, ShelfLesson, ShelfWindow } from './shelfLesson.js';
export { readShop, type ShopContent } from './shopContent.js';
export { Shoppers } from './shoppers.js';
export { type Case, learnable, type Split, temporalSplit } from './split.js';
export type { TrainingEvent, Watch } from './trainingEvent.js';
export { epochsRun, type Options, scoreOf, type Trial } from './trial.js';
export { TrialStore } from './trialStore.js';
