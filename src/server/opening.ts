import type { RequestListener } from 'node:http';
import { EndcapError, type Progress } from '../core/index.js';
import { problemOf, securityHeaders } from './problem.js';

/** Who answers while a shop is being opened. */
export interface Opening {
  answer: RequestListener;
  report: Progress;
}

/**
 * While a shop catches up with its log, which may take minutes: `/health` says that the process lives, `/ready` 503
 * with how far it is and how long it will take, and everything else 503 with the same.
 */
export function whileOpening(): Opening {
  let phase = 'opening the store';
  let progress: { done: number; total: number; etaMs: number | null } | undefined;
  let began = { phase, at: performance.now(), done: 0 };
  return {
    answer(request, response) {
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
        const usual = { 'retry-after': '2', 'cache-control': 'no-store', ...securityHeaders };
        response.writeHead(status, { 'content-type': type, ...usual }).end(JSON.stringify(body));
      }
    },
    report: ({ phase: now, done, total }) => {
      phase = now;
      if (began.phase !== phase) began = { phase, at: performance.now(), done };
      const perMs = (done - began.done) / (performance.now() - began.at);
      const known = total ?? 0;
      progress = { done, total: known, etaMs: perMs > 0 ? Math.round((known - done) / perMs) : null };
    },
  };
}
