import type { FastifyInstance } from 'fastify';
import type { Api } from './api.js';
import { eventRoutes } from './events.js';
import { experimentRoutes } from './experiments.js';
import { itemRoutes } from './items.js';
import { keyRoutes } from './keys.js';
import { operationRoutes } from './operations.js';
import { recommendRoutes } from './recommend.js';
import { userRoutes } from './users.js';

/** All routes: a file per resource. */
export function addRoutes(app: FastifyInstance, api: Api): void {
  eventRoutes(app, api);
  itemRoutes(app, api.engine);
  recommendRoutes(app, api);
  experimentRoutes(app, api.experiments);
  userRoutes(app, api);
  if (api.keyFile) keyRoutes(app, api.keyFile, api.ring);
  operationRoutes(app, api);
}
