import type { FastifyInstance } from 'fastify';
import type { Engine } from '../../recommend/index.js';
import type { Metrics } from '../metrics.js';
import { route } from './route.js';

/** Health, readiness, metrics and the contract. */
export function operationRoutes(app: FastifyInstance, engine: Engine, meters: Metrics): void {
  app.get('/health', { schema: { summary: 'The process lives' } }, async () => ({ status: 'ok' }));
  app.get('/ready', { schema: { summary: 'What it serves from' } }, async () => ({
    status: 'ready',
    offset: engine.state.offset,
    items: engine.catalogue.size,
    model: engine.model ?? null,
  }));
  app.get('/metrics', route('admin', { summary: 'For Prometheus' }), async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await meters.text()),
  );
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger());
}
