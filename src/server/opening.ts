import type { RequestListener } from 'node:http';
import { EndcapError, type Progress } from '../core/index.js';
import { problemOf, sendJson } from './problem.js';

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
      const later = { 'retry-after': '2' };
      const path = request.url?.split('?')[0];
      if (path === '/health') return sendJson(response, 200, { status: 'ok' }, later);
      const state = { status: 'opening', phase, ...progress };
      if (path === '/ready') return sendJson(response, 503, state, later);
      const error = new EndcapError('not_ready', 'The shop is being opened', {
        remedy: 'Try again in a moment; /ready says how far it is',
      });
      const body = { ...problemOf(error), ...state, status: 503 };
      return sendJson(response, 503, body, { 'content-type': 'application/problem+json', ...later });
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
