import type { FastifyInstance, FastifyRequest } from 'fastify';
import { EndcapError } from '../core/index.js';

/** Collects the routes as they are added, for what to say where none answers: another method, or no such path. */
export function watchRoutes(
  app: FastifyInstance,
): (request: FastifyRequest) => { allow?: string; error: EndcapError } {
  const routes: { path: RegExp; methods: string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    if (url.includes('*')) return;
    const path = new RegExp(`^${url.replace(/[.+?^$()|[\]\\]/g, '\\$&').replace(/:\w+/g, '[^/]+')}$`);
    routes.push({ path, methods: [method].flat() });
  });
  return ({ method, url }) => {
    const [path = ''] = url.split('?');
    const methods = new Set(
      routes.filter((route) => route.path.test(path)).flatMap((route) => route.methods),
    );
    const shown = url.slice(0, 200);
    if (methods.size === 0) {
      const remedy = 'See /openapi.json for what there is';
      return { error: new EndcapError('not_found', `There is no ${method} ${shown}`, { remedy }) };
    }
    const allow = [...methods].sort().join(', ');
    const message = `${shown} is not there for ${method}`;
    return { allow, error: new EndcapError('method_not_allowed', message, { remedy: `Use ${allow}` }) };
  };
}
