export { bootstrap, type Interval, pairedDifference } from './bootstrap.js';
export { mae, type RankingMetrics, rankingMetrics, rmse } from './metrics.js';
export { invertSpd } from './spd.js';
export { dot, type Top, topK } from './topk.js';
