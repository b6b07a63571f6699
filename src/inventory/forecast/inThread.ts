import { Worker } from 'node:worker_threads';
import {
  EndcapError,
  type ErrorCode,
  learnerLimits,
  type Progress,
  type Step,
  whenNobodyLearns,
} from '../../core/index.js';
import type { MadeOutlook, OutlookRequest } from '../outlook.js';

/** The outlook, and as bytes where they were asked for. */
export interface ThreadOutlook {
  made: MadeOutlook;
  packed: Uint8Array | undefined;
}

export type FromForecastThread =
  | { step: Step }
  | ThreadOutlook
  | { refused: { code: ErrorCode; message: string; options: EndcapError['options'] } };

/**
 * `makeOutlook` in a thread of low priority, when no other learns; the numbers of the request are handed over to it. The
 * same request gives the same outlook. Its errors are thrown here, and the reason of `signal` where that ends it.
 */
export function outlookInThread(
  request: OutlookRequest,
  { progress, signal }: { progress: Progress; signal: AbortSignal },
): Promise<ThreadOutlook> {
  return whenNobodyLearns(() => inThread(request, progress, signal), signal);
}

function inThread(request: OutlookRequest, progress: Progress, signal: AbortSignal): Promise<ThreadOutlook> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./thread.js', import.meta.url), {
      workerData: request,
      transferList: [request.sold.numbers.buffer as ArrayBuffer],
      resourceLimits: learnerLimits,
    });
    worker.unref();
    signal.addEventListener('abort', () => void worker.terminate(), { once: true });
    worker.on('message', (message: FromForecastThread) => heard(message, progress, resolve, reject));
    worker.on('error', reject);
    worker.on('exit', (code) =>
      reject(signal.aborted ? signal.reason : new Error(`The thread of the forecast ended with ${code}`)),
    );
  });
}

function heard(
  message: FromForecastThread,
  progress: Progress,
  resolve: (made: ThreadOutlook) => void,
  reject: (error: unknown) => void,
): void {
  if ('step' in message) progress(message.step);
  else if ('made' in message) resolve(message);
  else reject(new EndcapError(message.refused.code, message.refused.message, message.refused.options));
}
