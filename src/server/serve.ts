import type { FastifyInstance } from 'fastify';
import { endProcess, type Progress, warn } from '../core/index.js';
import { Experiments } from '../experiments/index.js';
import type { StockSettings } from '../inventory/index.js';
import { type Marketing, openMarketing } from '../marketing/index.js';
import type { Engine } from '../recommend/index.js';
import { checkAddress } from './access.js';
import { favourLatency } from './collector.js';
import { forecastByItself, inventoryOf } from './inventoryJob.js';
import { type Listening, listenOn } from './listening.js';
import { whileOpening } from './opening.js';
import { createServer, type ServerOptions } from './server.js';

export interface ServeOptions extends ServerOptions {
  /** Default 127.0.0.1; another needs keys. */
  host?: string;
  /** Default 8080; 0 takes a free one. */
  port?: number;
  /** How the shop orders; see `StockSettings`. */
  stock?: StockSettings;
}

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
  const opening = whileOpening();
  const listening = await listenOn(host, options.port ?? 8080, opening.answer);
  const { engine, app } = await open(shop, opening.report, listening, options);
  listening.answerWith(app.routing);
  const close = closeOnSignal(async () => {
    await app.close();
    await engine.close();
  });
  return { url: listening.url, close };
}

/** The shop, and its API. A shop that was opened here is closed where that fails. */
async function open(
  shop: Engine | OpenEngine,
  report: Progress,
  { drain }: Listening,
  options: ServeOptions,
): Promise<{ engine: Engine; app: FastifyInstance }> {
  let opened: Engine | undefined;
  try {
    if (typeof shop === 'function') opened = await shop(report);
    const engine = opened ?? (shop as Engine);
    return { engine, app: await withUses(engine, { logger: aloud, ...options, drain }) };
  } catch (error) {
    await drain();
    await opened?.close();
    throw error;
  }
}

/** What goes wrong inside is told on standard error: a log that nobody asked for is the one that is missed. */
export const aloud = { level: 'warn', stream: process.stderr };

/** Closes once, when it is asked to or when the process is told to end. */
export function closeOnSignal(closeAll: () => Promise<void>): () => Promise<void> {
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= closeAll();
    return closing;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const)
    process.once(signal, () => void close().then(() => endProcess(signal)));
  return close;
}

/** The API with every other use of the log at work, where there is a folder for it; all that is closed with it. */
export async function withUses(engine: Engine, options: ServeOptions): Promise<FastifyInstance> {
  const { dir, inventory = inventoryOf(engine, options.stock) } = options;
  const marketing =
    options.marketing ?? (dir === undefined ? undefined : await openMarketing(engine, { dir }));
  const experiments = options.experiments ?? (await experimentsIn(dir, engine, marketing));
  const app = await createServer(engine, {
    ...options,
    inventory,
    warm: true,
    ...(marketing && { marketing }),
    ...(experiments && { experiments }),
  });
  await forecastByItself(engine, inventory);
  return app;
}

async function experimentsIn(
  dir: string | undefined,
  engine: Engine,
  marketing: Marketing | undefined,
): Promise<Experiments | undefined> {
  try {
    return dir === undefined ? undefined : await Experiments.open(engine, dir, warn);
  } catch (error) {
    await marketing?.close();
    throw error;
  }
}
