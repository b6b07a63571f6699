import { Worker } from 'node:worker_threads';
import { EndcapError, type ErrorCode, type Progress, type Step } from '../../core/index.js';
import type { DemandTable } from '../demand/table.js';
import type { DemandForecast, ForecastOptions } from './forecast.js';

export interface ForecastRequest {
  table: DemandTable;
  options: Omit<ForecastOptions, 'progress'>;
}

export type FromForecastThread =
  | { step: Step }
  | { forecast: DemandForecast }
  | { refused: { code: ErrorCode; message: string; options: EndcapError['options'] } };

/**
 * `forecastDemand` in a thread of low priority; the same table gives the same forecast. Its errors are thrown here, and
 * the reason of `signal` where that ends it.
 */
export function forecastInThread(
  table: DemandTable,
  options: ForecastOptions & { signal?: AbortSignal } = {},
): Promise<DemandForecast> {
  const { progress, signal, ...rest } = options;
  return new Promise((resolve, reject) => {
    const request: ForecastRequest = { table, options: rest };
    const worker = new Worker(new URL('./thread.js', import.meta.url), { workerData: request });
    worker.unref();
    signal?.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.on('message', (message: FromForecastThread) => heard(message, progress, resolve, reject));
    worker.on('error', reject);
    worker.on('exit', (code) =>
      reject(signal?.aborted ? signal.reason : new Error(`The thread of the forecast ended with ${code}`)),
    );
  });
}

function heard(
  message: FromForecastThread,
  progress: Progress | undefined,
  resolve: (forecast: DemandForecast) => void,
  reject: (error: unknown) => void,
): void {
  if ('step' in message) progress?.(message.step);
  else if ('forecast' in message) resolve(message.forecast);
  else reject(new EndcapError(message.refused.code, message.refused.message, message.refused.options));
}
