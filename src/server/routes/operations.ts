import type { FastifyInstance } from 'fastify';
import { mootRules } from '../../recommend/index.js';
import { FolderWatch } from '../folder.js';
import type { Api } from './api.js';
import { problems, route } from './route.js';

/** Health, readiness, metrics and the contract. */
export function operationRoutes(app: FastifyInstance, { engine, experiments, meters, dir }: Api): void {
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
      status: engine.warnings.length > 0 ? 'degraded' : 'ready',
      warnings: [...engine.warnings, ...unknownTypes(engine), ...moot({ engine, experiments })],
      store: { checked: engine.health.report.checked, total: engine.health.report.total },
      offset: engine.state.offset,
      items: engine.catalogue.size,
      model: engine.model ?? null,
    };
  });
  app.get('/metrics', route('admin', { summary: 'For Prometheus' }), async (_request, reply) =>
    reply.type('text/plain; version=0.0.4; charset=utf-8').send(await meters.text()),
  );
  app.get('/openapi.json', { schema: { hide: true } as object }, async () => app.swagger());
}

/** Rules of the policies that serve which name what the catalogue does not have. */
function moot({ engine, experiments }: Pick<Api, 'engine' | 'experiments'>): string[] {
  const policies = new Map(experiments?.policies);
  if (engine.policy) policies.set('policy.json', engine.policy);
  return [...policies].flatMap(([file, policy]) =>
    mootRules(policy, engine.catalogue).map(
      ({ field, message, remedy }) => `${file}, ${field}: ${message}. ${remedy}`,
    ),
  );
}

/** Types of events that nobody has said the meaning of: they are kept, and weigh nothing. */
function unknownTypes(engine: Api['engine']): string[] {
  return engine.state.unknownTypes.counts.map(
    ([type, events]) =>
      `${events} events of the type ${type} weigh nothing: say what it means in endcap.json, "events"`,
  );
}
