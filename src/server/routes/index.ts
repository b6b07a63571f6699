import type { FastifyInstance } from 'fastify';
import type { Api } from './api.js';
import { eventRoutes } from './events.js';
import { experimentRoutes } from './experiments.js';
import { inventoryRoutes } from './inventory.js';
import { itemRoutes } from './items.js';
import { keyRoutes } from './keys.js';
import { marketingRoutes } from './marketing.js';
import { operationRoutes } from './operations.js';
import { guardPublic } from './publicGuard.js';
import { recommendRoutes } from './recommend.js';
import { searchRoutes } from './search.js';
import { userRoutes } from './users.js';

/** All routes: a file per resource. */
export function addRoutes(app: FastifyInstance, api: Api): void {
  guardPublic(app, api);
  eventRoutes(app, api);
  itemRoutes(app, api.engine);
  recommendRoutes(app, api);
  searchRoutes(app, api.search);
  experimentRoutes(app, api);
  userRoutes(app, api);
  inventoryRoutes(app, api.inventory);
  if (api.marketing) marketingRoutes(app, api.marketing);
  if (api.keyFile) keyRoutes(app, api.keyFile, api.ring);
  operationRoutes(app, api);
}
