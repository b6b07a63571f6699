// The thread that a forecast is made in: trees over all items take seconds, and a server goes on answering.
import { parentPort, workerData } from 'node:worker_threads';
import { EndcapError, giveWay } from '../../core/index.js';
import { packOutlook } from '../keptOutlook.js';
import { type MadeOutlook, makeOutlook, type OutlookRequest } from '../outlook.js';
import type { FromForecastThread } from './inThread.js';

const say = (message: FromForecastThread, moved: ArrayBuffer[] = []): void =>
  parentPort!.postMessage(message, moved);

giveWay();
try {
  const request = workerData as OutlookRequest;
  const made = await makeOutlook(request, (step) => say({ step }));
  const packed = request.keep ? await packOutlook(request, made) : undefined;
  say({ made, packed }, buffersOf(made));
} catch (error) {
  if (!(error instanceof EndcapError)) throw error;
  const { cause: _, ...parts } = error.options;
  say({ refused: { code: error.code, message: error.message, options: parts } });
}

/** All numbers of an outlook: handed over, for a copy would take as much again. */
function buffersOf({ table, forecast }: MadeOutlook): ArrayBuffer[] {
  const { quantiles, totals, mean, stock } = forecast;
  const needs = stock ? [stock.now, ...stock.past].flatMap(({ rate, spread }) => [rate, spread]) : [];
  const all = [table.units, table.price, table.orders, quantiles, totals, mean, ...needs];
  return all.map(({ buffer }) => buffer as ArrayBuffer);
}
