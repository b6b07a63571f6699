import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { FastifyServerOptions } from 'fastify';
import { EndcapError } from '../core/index.js';
import { problemOf, securityHeaders, sendJson } from './problem.js';

/**
 * Requests of one connection that are taken in one turn of the loop. Node hands all that came together over in one, 1,500
 * small ones in 64 KiB; browsers and proxies send the next one when the last is answered.
 */
export const mostTogether = 16;
/** The requests under way may take this long when the server is told to end, ms. */
const drainMs = 3_000;

/** A port that is listened on from the first moment to the last, while who answers on it changes. */
export interface Listening {
  url: string;
  /** Requests go here from now on; no connection is ended by the change. */
  answerWith(answer: RequestListener): void;
  /** Takes no more connections and resolves when the requests under way are answered, or had their time. */
  drain(): Promise<void>;
}

/** Throws `cannot_listen`. */
export async function listenOn(host: string, port: number, first: RequestListener): Promise<Listening> {
  let answer = first;
  // What Node would refuse by itself, in a line without a type and headers of ours, is refused here.
  const limits = { requestTimeout: 30_000, keepAliveTimeout: 72_000, requireHostHeader: false };
  const admits = oneByOne();
  const server = createServer(limits, (request, response) => {
    if (!admits(request)) return;
    const fault = faultOfHost(request);
    if (fault === undefined) answer(request, response);
    else refused(response, 400, fault);
  });
  server.on('checkExpectation', (_request, response) =>
    refused(response, 417, 'What the request expects is not done here'),
  );
  server.on('clientError', refuse);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  }).catch((cause) => cannotListen(host, port, cause));
  const at = (server.address() as AddressInfo).port;
  let drained: Promise<void> | undefined;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${at}`,
    answerWith(next) {
      answer = next;
    },
    drain: () => {
      drained ??= drain(server);
      return drained;
    },
  };
}

/** Ends connections that send too many requests together, and says whether one is to be answered. */
function oneByOne(): (request: IncomingMessage) => boolean {
  const taken = new Map<Socket, number>();
  return ({ socket }) => {
    if (socket.destroyed) return false;
    if (taken.size === 0) setImmediate(() => taken.clear());
    const together = (taken.get(socket) ?? 0) + 1;
    taken.set(socket, together);
    if (together > mostTogether) socket.destroy();
    return together <= mostTogether;
  };
}

async function drain(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  const late = setTimeout(() => server.closeAllConnections(), drainMs).unref();
  await closed;
  clearTimeout(late);
}

function cannotListen(host: string, port: number, cause: unknown): never {
  const { code } = cause as NodeJS.ErrnoException;
  const [what, remedy] =
    code === 'EADDRINUSE'
      ? [`Port ${port} of ${host} is in use`, 'Stop what listens there, or choose another with --port']
      : [`Cannot listen on ${host}, port ${port}: ${code}`, 'Choose another address or port'];
  throw new EndcapError('cannot_listen', what, { remedy, cause });
}

/** Whoever stands before this server may read another host than the first of two. */
function faultOfHost({ httpVersion, headers, rawHeaders }: IncomingMessage): string | undefined {
  if (headers.host === undefined) return httpVersion === '1.0' ? undefined : 'The request has no host header';
  let hosts = 0;
  for (let at = 0; at < rawHeaders.length; at += 2)
    if (rawHeaders[at]!.length === 4 && rawHeaders[at]!.toLowerCase() === 'host') hosts++;
  return hosts > 1 ? 'The request has more than one host header' : undefined;
}

/** Its connection ends with it: whether it has a body, and how long, is not to be believed either. */
function refused(response: ServerResponse, status: number, message: string): void {
  const problem = problemOf(new EndcapError('invalid_request', message, { status }));
  sendJson(response, status, problem, { 'content-type': 'application/problem+json', connection: 'close' });
}

/** Answers what is not even HTTP. */
export const refuse: NonNullable<FastifyServerOptions['clientErrorHandler']> = (error, socket) => {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const large = error.code === 'HPE_HEADER_OVERFLOW';
  const status = large ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  const message = large ? 'The headers are too large' : 'The request is not valid HTTP';
  const body = JSON.stringify(problemOf(new EndcapError('invalid_request', message, { status })));
  const headers = {
    ...securityHeaders,
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  socket.end([`HTTP/1.1 ${status} Refused`, ...lines, '', body].join('\r\n'));
};
