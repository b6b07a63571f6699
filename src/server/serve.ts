import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { EndcapError } from '../core/index.js';
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
  await listen(app, host, options.port ?? 8080);
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

async function listen(app: FastifyInstance, host: string, port: number): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const [what, remedy] =
      code === 'EADDRINUSE'
        ? [`Port ${port} of ${host} is in use`, 'Stop what listens there, or choose another with --port']
        : [`Cannot listen on ${host}, port ${port}: ${code}`, 'Choose another address or port'];
    throw new EndcapError('cannot_listen', what, { remedy, cause });
  }
}
