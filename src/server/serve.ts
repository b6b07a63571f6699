import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { EndcapError, type Progress, warn } from '../core/index.js';
import { Experiments } from '../experiments/index.js';
import type { StockSettings } from '../inventory/index.js';
import { openMarketing } from '../marketing/index.js';
import type { Engine } from '../recommend/index.js';
import { checkAddress } from './access.js';
import { favourLatency } from './collector.js';
import { forecastByItself, inventoryOf } from './inventoryJob.js';
import { openingServer } from './opening.js';
import { createServer, type ServerOptions } from './server.js';

export interface ServeOptions extends ServerOptions {
  /** Default 127.0.0.1; another needs keys. */
  host?: string;
  /** Default 8080; 0 takes a free one. */
  port?: number;
  /** Events older than this are erased, days. */
  retainDays?: number;
  /** How the shop orders; see `StockSettings`. */
  stock?: StockSettings;
}

const dayMs = 86_400_000;

export interface Serving {
  url: string;
  /** Finishes the requests under way, writes a checkpoint, closes the store. */
  close(): Promise<void>;
}

/** Opens the shop, telling how far it is. */
export type OpenEngine = (progress: Progress) => Promise<Engine>;

/**
 * Listens until SIGTERM or SIGINT, then drains, checkpoints and closes the engine: the process is the server's. Given
 * how to open the shop, it listens at once and says that it is not ready until the shop is open.
 */
export async function serve(shop: Engine | OpenEngine, options: ServeOptions = {}): Promise<Serving> {
  const host = options.host ?? '127.0.0.1';
  checkAddress(host, options);
  favourLatency();
  // What goes wrong inside is told on standard error: a log that nobody asked for is the one that is missed.
  const logger = options.logger ?? { level: 'warn', stream: process.stderr };
  const { engine, app } = await open(shop, host, { ...options, logger });
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
export function retain(engine: Engine, days: number): void {
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

/** The shop, and its API on the port. A shop that was opened here is closed where that fails. */
async function open(
  shop: Engine | OpenEngine,
  host: string,
  options: ServeOptions,
): Promise<{ engine: Engine; app: FastifyInstance }> {
  const port = options.port ?? 8080;
  const listen = (app: FastifyInstance, at: number): Promise<unknown> =>
    app.listen({ host, port: at }).catch((cause) => cannotListen(host, at, cause));
  if (typeof shop !== 'function') {
    const app = await withUses(shop, options);
    await listen(app, port);
    return { engine: shop, app };
  }
  const opening = await openingServer(host, port).catch((cause) => cannotListen(host, port, cause));
  let engine: Engine | undefined;
  try {
    engine = await shop(opening.report);
    const app = await withUses(engine, options);
    await opening.close();
    await listen(app, opening.port);
    return { engine, app };
  } catch (error) {
    await opening.close();
    await engine?.close();
    throw error;
  }
}

/** The API with every other use of the log at work, where there is a folder for it. */
export async function withUses(engine: Engine, options: ServeOptions): Promise<FastifyInstance> {
  const { dir, inventory = inventoryOf(engine, options.stock) } = options;
  const marketing =
    options.marketing ?? (dir === undefined ? undefined : await openMarketing(engine, { dir }));
  const experiments =
    options.experiments ?? (dir === undefined ? undefined : await Experiments.open(engine, dir, warn));
  const app = await createServer(engine, {
    ...options,
    inventory,
    ...(marketing && { marketing }),
    ...(experiments && { experiments }),
  });
  forecastByItself(engine, inventory);
  return app;
}

export function cannotListen(host: string, port: number, cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException;
  const [what, remedy] =
    code === 'EADDRINUSE'
      ? [`Port ${port} of ${host} is in use`, 'Stop what listens there, or choose another with --port']
      : [`Cannot listen on ${host}, port ${port}: ${code}`, 'Choose another address or port'];
  throw new EndcapError('cannot_listen', what, { remedy, cause });
}
