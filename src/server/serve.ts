import type { AddressInfo } from 'node:net';
import type { Engine } from '../recommend/index.js';
import { checkAddress } from './access.js';
import { favourLatency } from './collector.js';
import { createServer, type ServerOptions } from './server.js';

export interface ServeOptions extends ServerOptions {
  /** Default 127.0.0.1; another needs keys. */
  host?: string;
  /** Default 8080; 0 takes a free one. */
  port?: number;
}

export interface Serving {
  url: string;
  /** Finishes the requests under way, writes a checkpoint, closes the store. */
  close(): Promise<void>;
}

/** Listens until SIGTERM or SIGINT, then drains, checkpoints and closes the engine: the process is the server's. */
export async function serve(engine: Engine, options: ServeOptions = {}): Promise<Serving> {
  const host = options.host ?? '127.0.0.1';
  checkAddress(host, options);
  favourLatency();
  const app = await createServer(engine, options);
  await app.listen({ host, port: options.port ?? 8080 });
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= app.close().then(() => engine.close());
    return closing;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void close().then(() => process.exit(0)));
  }
  const { port } = app.server.address() as AddressInfo;
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, close };
}
