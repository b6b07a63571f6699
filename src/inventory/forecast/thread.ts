// The thread that a forecast is made in: trees over all items take seconds, and a server goes on answering.
import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, giveWay } from '../../core/index.js';
import { forecastDemand } from './forecast.js';
import type { ForecastRequest, FromForecastThread } from './inThread.js';

const say = (message: FromForecastThread): void => parentPort!.postMessage(message);
const { table, options } = workerData as ForecastRequest;

giveWay();
try {
  say({ forecast: await forecastDemand(table, { ...options, progress: (step) => say({ step }) }) });
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  const { cause: _, ...parts } = error.options;
  say({ refused: { code: error.code, message: error.message, options: parts } });
}
