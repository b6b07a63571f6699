import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EndcapError, type Progress } from '../core/index.js';
import { problemOf } from './problem.js';

/** Answers on the port of a shop that is not open yet. */
export interface Opening {
  /** Port it listens on. */
  port: number;
  report: Progress;
  /** Frees the port for the shop. */
  close(): Promise<void>;
}

/**
 * Listens while a shop catches up with its log, which may take minutes: `/health` says that the process lives, `/ready`
 * 503 with how far it is and how long it will take, and everything else 503 with the same.
 */
export async function openingServer(host: string, port: number): Promise<Opening> {
  let phase = 'opening the store';
  let progress: { done: number; total: number; etaMs: number | null } | undefined;
  let began = { phase, at: performance.now(), done: 0 };
  const server = createServer((request, response) => {
    request.resume();
    const path = request.url?.split('?')[0];
    if (path === '/health') return send(200, 'application/json', { status: 'ok' });
    const state = { status: 'opening', phase, ...progress };
    if (path === '/ready') return send(503, 'application/json', state);
    const error = new EndcapError('not_ready', 'The shop is being opened', {
      remedy: 'Try again in a moment; /ready says how far it is',
    });
    return send(503, 'application/problem+json', { ...problemOf(error), ...state, status: 503 });

    function send(status: number, type: string, body: object): void {
      response
        .writeHead(status, { 'content-type': type, 'retry-after': '2', connection: 'close', ...safe })
        .end(JSON.stringify(body));
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    report: ({ phase: now, done, total }) => {
      phase = now;
      if (began.phase !== phase) began = { phase, at: performance.now(), done };
      const perMs = (done - began.done) / (performance.now() - began.at);
      const known = total ?? 0;
      progress = { done, total: known, etaMs: perMs > 0 ? Math.round((known - done) / perMs) : null };
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const safe = { 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
