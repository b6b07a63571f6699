import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { EndcapError } from '../core/index.js';
import type { TextEmbedder } from './embedder.js';
import { invalidTextModel, modelFile } from './tokenizerFile.js';

type Answer =
  | { kind: 'ready'; dimension: number }
  | { kind: 'broken'; message: string }
  | { kind: 'vectors'; id: number; vectors: Float32Array[] }
  | { kind: 'failed'; id: number; message: string };

interface Waiting {
  resolve: (vectors: Float32Array[]) => void;
  reject: (error: unknown) => void;
}

/**
 * A sentence model as it is published: `model.onnx` and `tokenizer.json` in a folder. It runs in a thread of its own,
 * for a run blocks its thread. Throws `invalid_text_model` where a file is missing or does not load.
 */
export async function openOnnxFolder(folder: string): Promise<TextEmbedder> {
  modelFile(folder, 'model.onnx');
  modelFile(folder, 'tokenizer.json');
  keepRuntimeLoaded();
  const worker = new Worker(new URL('./onnxThread.js', import.meta.url), { workerData: { folder } });
  worker.unref();
  const waiting = new Map<number, Waiting>();
  let last = 0;
  const fail = (error: unknown): void => {
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  };
  const dimension = await new Promise<number>((resolve, reject) => {
    const broken = (message: string): void => {
      void worker.terminate();
      reject(invalidTextModel(folder, `does not load: ${message}`, 'Check model.onnx and tokenizer.json'));
    };
    worker.once('error', (error) => broken(error.message));
    worker.on('message', (answer: Answer) => {
      if (answer.kind === 'ready') resolve(answer.dimension);
      else if (answer.kind === 'broken') broken(answer.message);
      else settle(waiting, answer);
    });
  });
  worker.on('error', fail);
  worker.on('exit', () => fail(new EndcapError('invalid_text_model', 'The text model is closed')));
  return {
    name: `onnx:${folder}`,
    dimension,
    embed: (texts) =>
      new Promise((resolve, reject) => {
        const id = ++last;
        waiting.set(id, { resolve, reject });
        worker.ref();
        worker.postMessage({ id, texts });
      }).finally(() => {
        if (waiting.size === 0) worker.unref();
      }) as Promise<Float32Array[]>,
    close: async () => {
      await worker.terminate();
    },
  };
}

/** The runtime cannot be loaded again once the thread that loaded it is gone, so the process keeps it as well. */
function keepRuntimeLoaded(): void {
  try {
    createRequire(import.meta.url)('onnxruntime-node');
  } catch (cause) {
    throw new EndcapError(
      'runtime_missing',
      'Text models in ONNX need onnxruntime-node, which does not load here',
      {
        remedy: 'Use a static table, or the subword vectors of the shop',
        cause,
      },
    );
  }
}

function settle(waiting: Map<number, Waiting>, answer: Extract<Answer, { id: number }>): void {
  const asked = waiting.get(answer.id);
  waiting.delete(answer.id);
  if (answer.kind === 'vectors') asked?.resolve(answer.vectors);
  else asked?.reject(new EndcapError('invalid_text_model', answer.message));
}
