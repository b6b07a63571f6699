import { join } from 'node:path';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { readConfig } from '../config/index.js';
import { isText, packageVersion } from '../core/index.js';
import type { Experiments } from '../experiments/index.js';
import type { InventoryDesk } from '../inventory/index.js';
import type { Marketing } from '../marketing/index.js';
import type { Engine } from '../recommend/index.js';
import { type OpenSearch, openSearch, searchSettings } from '../search/index.js';
import { type AccessOptions, guard } from './access.js';
import { Admission } from './admission.js';
import { ShopperRights } from './caller.js';
import { inventoryOf } from './inventoryJob.js';
import { readJsonBodies } from './jsonBody.js';
import { KeyFile } from './keyFile.js';
import type { Limits } from './limits.js';
import { refuse } from './listening.js';
import { watchRoutes } from './methods.js';
import { metrics } from './metrics.js';
import { contentPolicy, securityHeaders, sendProblem, toEndcapError } from './problem.js';
import { Quarantine } from './quarantine.js';
import { retain } from './retention.js';
import type { Api } from './routes/api.js';
import { addRoutes } from './routes/index.js';
import { ItemBody, Problem } from './schemas.js';
import { addStorefront, requirePageKey, type StorefrontOptions } from './storefront.js';

export interface ServerOptions extends AccessOptions {
  /** A shop to look at, at /. */
  storefront?: StorefrontOptions;
  /** Path under which others reach this server, such as `/shops/a`; '' by default. */
  base?: string;
  /** Search that is open already, and is closed with the server; else it is opened as the configuration in `dir` says. */
  search?: OpenSearch;
  /** Folder of the shop, for the events that are refused, the keys and the audit log; without it they are not kept. */
  dir?: string;
  /** Events older than this are erased, days. */
  retainDays?: number;
  /** Hosts from which the pages may show pictures. */
  imageHosts?: readonly string[];
  /** Largest body, bytes; default 1 MiB. */
  bodyLimit?: number;
  logger?: FastifyServerOptions['logger'];
  /** Experiments on this shop, closed with the server; without them everyone sees the same. */
  experiments?: Experiments;
  /** Rates of public keys, where others than the usual are wanted. */
  limits?: Partial<Limits>;
  /** Proxies in front of the server, by address: what they say of who asks is believed. */
  trustProxy?: string[];
  /** Whose forecasts `/v1/inventory` gives; by default one that forecasts only where it is asked to. */
  inventory?: InventoryDesk;
  /** Intent, audiences and offers, where the shop has them open; closed with the server. */
  marketing?: Marketing;
  /** Makes the first requests as quick as the later ones before there are any. */
  warm?: boolean;
  /** Lets the requests under way end, where another than the server's own `listen` brings them. */
  drain?: () => Promise<void>;
}

/**
 * The HTTP API over an open engine, and a site beside it. It does not listen yet: see `serve`. What it was given, and
 * what it began with the engine, ends with it, and where it throws.
 */
export async function createServer(engine: Engine, options: ServerOptions = {}): Promise<FastifyInstance> {
  const app = newApp(options);
  try {
    await build(app, engine, options);
    return app;
  } catch (error) {
    await app.close();
    throw error;
  }
}

function newApp(options: ServerOptions): FastifyInstance {
  return fastify({
    logger: options.logger ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? 1 << 20,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_000 },
    requestTimeout: 30_000,
    trustProxy: options.trustProxy?.length ? options.trustProxy : false,
    // Types are asked for as they are: "5" is no number, and an unknown field is an error, not noise.
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allowUnionTypes: true,
        // An error brings the value and its schema, of which its remedy is made.
        verbose: true,
        formats: { text: isText },
      },
    },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply as never, toEndcapError(error)),
    clientErrorHandler: refuse,
  });
}

async function build(app: FastifyInstance, engine: Engine, options: ServerOptions): Promise<void> {
  const { marketing, experiments } = options;
  const inventory = options.inventory ?? inventoryOf(engine);
  app.addHook('preClose', async () => inventory.close());
  if (marketing) app.addHook('onClose', () => marketing.close());
  if (experiments) app.addHook('onClose', () => experiments.close());
  if (options.search) app.addHook('onClose', options.search.close);
  app.removeContentTypeParser('text/plain');
  readJsonBodies(app);
  app.addSchema(ItemBody).addSchema(Problem);
  app.setErrorHandler((error: Error, request, reply) => {
    const known = toEndcapError(error);
    if (known.status >= 500) {
      const { method, routeOptions } = request;
      const of = { code: known.code, method, route: routeOptions.url };
      // What is foreseen (a forecast not made yet, a full disk) is a line; of a fault of ours the stack is wanted.
      if (known.status > 500) request.log.warn(of, error.message);
      else request.log.error({ ...of, err: error }, error.message);
    }
    return sendProblem(reply, known);
  });
  const notFound = watchRoutes(app);
  let pageFor: Awaited<ReturnType<typeof addStorefront>> = () => undefined;
  app.setNotFoundHandler((request, reply) => {
    const page = pageFor(request, reply);
    if (page) return page;
    const { allow, error } = notFound(request);
    if (allow !== undefined) reply.header('allow', allow);
    return sendProblem(reply, error);
  });
  const headers = { ...securityHeaders, 'content-security-policy': contentPolicy(options.imageHosts) };
  // Hooks of every request call back: a promise for each would cost as much as what they do.
  app.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
  closeAfterAnswers(app);
  const ring = guard(app, options);
  // Before anything of the shop is begun.
  if (options.storefront && ring) requirePageKey(options.storefront, ring);
  const meters = metrics(app, engine, options.marketing);
  const rights = new ShopperRights(ring, () => engine.now);
  const admission = new Admission(app, rights, meters, options.limits);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Endcap', version: packageVersion, description: 'Events in, recommendations out.' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`) },
  });
  const aside = (name: string, bytes?: number): Quarantine =>
    new Quarantine(options.dir && join(options.dir, 'quarantine', name), bytes);
  const keysPath = options.keys ?? (options.dir && join(options.dir, 'keys.json'));
  const { search } = options.search ?? (await openSearchIn(engine, app, options.dir));
  const api: Api = {
    engine,
    admission,
    meters,
    ring,
    quarantine: aside('events.jsonl'),
    publicQuarantine: aside('public-events.jsonl', 2 << 20),
    keyFile: keysPath === undefined ? undefined : new KeyFile(keysPath),
    dir: options.dir,
    inventory,
    marketing,
    search,
    experiments,
  };
  if (options.retainDays !== undefined) {
    const stop = retain(api, options.retainDays);
    app.addHook('onClose', async () => stop());
  }
  await app.register(async (scope) => addRoutes(scope, api));
  const { drain } = options;
  // In a scope of its own after the routes: these end their streams before it is waited for.
  if (drain) await app.register(async (scope) => void scope.addHook('preClose', drain));
  if (options.storefront) {
    const parts = { catalogue: engine.catalogue, base: options.base ?? '' };
    pageFor = await addStorefront(app, parts, options.storefront);
  }
  if (options.warm) {
    const cold = (err: unknown): void => app.log.warn({ err }, 'the first answers were not made ahead');
    await engine.warmUp().catch(cold);
    await search.warmUp().catch(cold);
  }
  await app.ready();
}

async function openSearchIn(
  engine: Engine,
  app: FastifyInstance,
  dir: string | undefined,
): Promise<OpenSearch> {
  const settings = dir === undefined ? {} : await searchSettings(readConfig(dir), dir);
  const warn = (err: unknown, what: string): void => app.log.warn({ err }, what);
  const opened = await openSearch(engine, { ...settings, warn });
  app.addHook('onClose', opened.close);
  return opened;
}

/** While closing, the answers under way end their connections: kept alive, each would hold the close up. */
function closeAfterAnswers(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (closing) reply.header('connection', 'close');
    done(null, payload);
  });
}
