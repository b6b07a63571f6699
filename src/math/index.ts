export { bootstrap, type Interval, pairedDifference } from './bootstrap.js';
export { type ConfidenceSequence, confidenceSequence } from './confidenceSequence.js';
export { descending } from './descending.js';
export { gather, listAt, numbersFor } from './gather.js';
export { factorize, gamma, solveLower, solveUpper, wishart } from './gaussian.js';
export { groupRows } from './groups.js';
export { mae, type RankingMetrics, rankingMetrics, rmse } from './metrics.js';
export {
  type Bar,
  barChart,
  columns,
  escapeHtml,
  histogram,
  htmlPage,
  htmlTable,
  lineChart,
  type Series,
} from './plot.js';
export { roomFor } from './room.js';
export { type SkipGramOptions, skipGram } from './skipGram.js';
export { invertSpd } from './spd.js';
export { dot, type Top, topK } from './topk.js';
