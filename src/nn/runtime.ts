import { createRequire } from 'node:module';
import { EndcapError } from '../core/index.js';

/** What we use of `onnxruntime-node`, loaded late: its own types would need it to be installed. */
export interface NativeTensor {
  readonly data: Float32Array | Int32Array;
}

export interface NativeSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(feeds: Record<string, NativeTensor>, fetches: Record<string, NativeTensor>): Promise<unknown>;
  release(): Promise<void>;
}

interface Runtime {
  Tensor: new (type: string, data: ArrayLike<number | bigint>, dims: readonly number[]) => NativeTensor;
  InferenceSession: { create(model: Uint8Array, options: object): Promise<NativeSession> };
}

let loaded: Runtime | undefined;

/** The native runtime, loaded at first use: what needs no tensors works where it cannot be loaded. */
export function runtime(): Runtime {
  try {
    loaded ??= createRequire(import.meta.url)('onnxruntime-node') as Runtime;
    return loaded;
  } catch (cause) {
    throw new EndcapError('runtime_missing', 'Deep models need onnxruntime-node, which does not load here', {
      remedy: 'Install it on Linux with glibc, macOS or Windows (x64 or arm64), or leave deep models out',
      cause,
    });
  }
}

/** Whether deep models can be trained and served on this machine. */
export function hasRuntime(): boolean {
  try {
    return runtime() !== undefined;
  } catch {
    return false;
  }
}
