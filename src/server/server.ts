import fastifyStatic from '@fastify/static';
import swagger from '@fastify/swagger';
import fastify, { type FastifyInstance, type FastifyServerOptions, LogController } from 'fastify';
import { EndcapError } from '../core/index.js';
import type { Experiments } from '../experiments/index.js';
import type { Engine } from '../recommend/index.js';
import { type AccessOptions, guard } from './access.js';
import { metrics } from './metrics.js';
import { problemOf, sendProblem, toEndcapError } from './problem.js';
import { Quarantine } from './quarantine.js';
import { addRoutes } from './routes/index.js';
import { ItemBody, Problem } from './schemas.js';

export interface ServerOptions extends AccessOptions {
  /** Folder of a built site to serve at /, such as the storefront. */
  staticDir?: string;
  /** File that keeps the events that were refused; without it they are not kept. */
  quarantine?: string;
  /** Largest body, bytes; default 1 MiB. */
  bodyLimit?: number;
  logger?: FastifyServerOptions['logger'];
  /** Experiments on this shop; without them everyone sees the same. */
  experiments?: Experiments;
}

const headers = {
  'content-security-policy':
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** The HTTP API over an open engine, and a site beside it. It does not listen yet: see `serve`. */
export async function createServer(engine: Engine, options: ServerOptions = {}): Promise<FastifyInstance> {
  const app = fastify({
    logger: options.logger ?? false,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: options.bodyLimit ?? 1 << 20,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 1_000 },
    requestTimeout: 30_000,
    // Types are asked for as they are: "5" is no number, and an unknown field is an error, not noise.
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allowUnionTypes: true,
      },
    },
    frameworkErrors: (error, _request, reply) => void sendProblem(reply as never, toEndcapError(error)),
    clientErrorHandler: refuse,
  });
  app.removeContentTypeParser('text/plain');
  app.addSchema(ItemBody).addSchema(Problem);
  app.setErrorHandler((error: Error, request, reply) => {
    const known = toEndcapError(error);
    if (known.status >= 500) request.log.error(error);
    return sendProblem(reply, known);
  });
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new EndcapError('not_found', `There is no ${request.method} ${request.url.slice(0, 200)}`, {
        remedy: 'See /openapi.json for what there is',
      }),
    ),
  );
  app.addHook('onRequest', async (_request, reply) => void reply.headers(headers));
  closeAfterAnswers(app);
  guard(app, options);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Endcap', version: '0.1.0', description: 'Events in, recommendations out.' },
      components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } },
    },
    refResolver: { buildLocalReference: (json, _base, _fragment, i) => String(json.$id ?? `def-${i}`) },
  });
  const quarantine = new Quarantine(options.quarantine);
  const meters = metrics(app, engine);
  await app.register(async (api) =>
    addRoutes(api, { engine, quarantine, meters, experiments: options.experiments }),
  );
  if (options.staticDir !== undefined) await app.register(fastifyStatic, { root: options.staticDir });
  await app.ready();
  return app;
}

/** While closing, the answers under way end their connections: kept alive, each would hold the close up. */
function closeAfterAnswers(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', async () => {
    closing = true;
  });
  app.addHook('onSend', async (_request, reply) => {
    if (closing) reply.header('connection', 'close');
  });
}

/** Answers what is not even HTTP. */
const refuse: NonNullable<FastifyServerOptions['clientErrorHandler']> = (error, socket) => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const status = large ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const message = large ? 'The headers are too large' : 'The request is not valid HTTP';
  const body = JSON.stringify(problemOf(new EndcapError('invalid_request', message, { status })));
  socket.end(
    `HTTP/1.1 ${status} Refused\r\ncontent-type: application/problem+json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
};
