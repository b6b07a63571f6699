import type { FastifyInstance } from 'fastify';
import type { InventoryDesk } from '../../inventory/index.js';
import type { Engine } from '../../recommend/index.js';
import type { Metrics } from '../metrics.js';
import type { Quarantine } from '../quarantine.js';
import { eventRoutes } from './events.js';
import { inventoryRoutes } from './inventory.js';
import { itemRoutes } from './items.js';
import { operationRoutes } from './operations.js';
import { recommendRoutes } from './recommend.js';
import { userRoutes } from './users.js';

/** What the routes of every resource may use. */
export interface Api {
  engine: Engine;
  quarantine: Quarantine;
  meters: Metrics;
  inventory: InventoryDesk;
}

/** All routes: a file per resource. */
export function addRoutes(app: FastifyInstance, { engine, quarantine, meters, inventory }: Api): void {
  eventRoutes(app, engine, quarantine, meters);
  itemRoutes(app, engine);
  recommendRoutes(app, engine);
  userRoutes(app, engine);
  inventoryRoutes(app, inventory);
  operationRoutes(app, engine, meters);
}
