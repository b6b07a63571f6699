import type { FastifyInstance } from 'fastify';
import { FolderWatch } from '../folder.js';
import type { Api } from './api.js';
import { problems, route } from './route.js';

/** Health, readiness, metrics and the contract. */
export function operationRoutes(app: FastifyInstance, { engine, meters, dir }: Api): void {
  const folder = dir === undefined ? undefined : new FolderWatch(dir);
  const answers = { response: { '2xx': { type: 'object', additionalProperties: true }, ...problems } };
  app.get(
    '/health',
    { schema: { summary: 'The process lives and has its folder', ...answers } as object },
    async () => {
      await folder?.require();
      return { status: 'ok' };
    },
  );
  app.get('/ready', { schema: { summary: 'What it serves from', ...answers } as object }, async () => {
    await folder?.require();
    return {
      status: 'ready',
      offset: engine.state.offset,
      items: engine.catalogue.size,
      model: engine.model ?? null,
      warnings: engine.state.unknownTypes.counts.map(
        ([type, events]) =>
          `${events} events of the type ${type} weigh nothing: say what it means in endcap.json, "events"`,
      ),
    };
  });
  app.get('/metrics', route('admin', { summary: 'For Prometheus' }), async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await meters.text()),
  );
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger());
}
