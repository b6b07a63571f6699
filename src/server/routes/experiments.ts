import type { FastifyInstance } from 'fastify';
import type { Experiments } from '../../experiments/index.js';
import { route } from './route.js';

/** `GET /v1/experiments`: what each variant did so far. */
export function experimentRoutes(app: FastifyInstance, experiments: Experiments | undefined): void {
  app.get(
    '/v1/experiments',
    route('admin', { summary: 'Experiments: lifts with always-valid intervals' }),
    async () => ({ experiments: finite(experiments?.report() ?? []) }),
  );
}

/** JSON knows no infinity: a bound that is not known yet is null. */
function finite<Value>(value: Value): unknown {
  return JSON.parse(JSON.stringify(value));
}
