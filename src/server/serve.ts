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
  /** Events older than this are erased, days. */
  retainDays?: number;
}

const dayMs = 86_400_000;

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
  // What goes wrong inside is told on standard error: a log that nobody asked for is the one that is missed.
  const logger = options.logger ?? { level: 'warn', stream: process.stderr };
  const app = await createServer(engine, { ...options, logger });
  await listen(app, host, options.port ?? 8080);
  if (options.retainDays !== undefined) retain(engine, options.retainDays);
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

/** Soon, for a server that is started every day, and then once a day. */
function retain(engine: Engine, days: number): void {
  const run = (): Promise<number> => engine.eraseBefore(engine.now - days * dayMs);
  const once = engine.jobs.add({
    name: 'retention, first',
    everyMs: 60_000,
    run: () => {
      once();
      return run();
    },
  });
  engine.jobs.add({ name: 'retention', everyMs: dayMs, run });
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
