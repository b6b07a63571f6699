export { OnlineServing, type OnlineStatus } from './online.js';
export { OnlineLearner } from './onlineLearner.js';
export { type SourceWeights, Watcher } from './watcher.js';
