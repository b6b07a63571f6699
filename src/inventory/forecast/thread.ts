// The thread that a forecast is made in: trees over all items take seconds, and a server goes on answering.
import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, giveWay } from '../../core/index.js';
import { packOutlook } from '../keptOutlook.js';
import { makeOutlook, type OutlookRequest } from '../outlook.js';
import type { FromForecastThread } from './inThread.js';

const say = (message: FromForecastThread, moved: ArrayBuffer[] = []): void =>
  parentPort!.postMessage(message, moved);

giveWay();
try {
  const request = workerData as OutlookRequest;
  const made = await makeOutlook(request, (step) => say({ step }));
  const packed = request.keep ? await packOutlook(request, made) : undefined;
  const { units, price, orders } = made.table;
  say({ made, packed }, [units.buffer, price.buffer, orders.buffer] as ArrayBuffer[]);
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  const { cause: _, ...parts } = error.options;
  say({ refused: { code: error.code, message: error.message, options: parts } });
}
