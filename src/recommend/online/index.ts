export { OnlineServing, type OnlineStatus } from './online.js';
export { OnlineLearner } from './onlineLearner.js';
export { Watcher } from './watcher.js';
