export { coordinateAscent } from './ascent.js';
export { bootstrap, type Interval, pairedDifference } from './bootstrap.js';
export {
  averagePrecision,
  calibrationError,
  logLoss,
  type ReliabilityBin,
  reliability,
  rocAuc,
} from './classification.js';
export { type ConfidenceSequence, confidenceSequence } from './confidenceSequence.js';
export { descending } from './descending.js';
export { ensureCapacity } from './ensureCapacity.js';
export { gather, listAt, numbersFor } from './gather.js';
export { factorize, gamma, solveLower, solveUpper, wishart } from './gaussian.js';
export { groupRows } from './groups.js';
export { mae, type RankingMetrics, rankingMetrics, rmse } from './metrics.js';
export { denormalize, fitNormalizer, type Normalizer, normalize, type Scaling } from './normalize.js';
export { invertSpd } from './spd.js';
export { dot, type Top, topK } from './topk.js';
