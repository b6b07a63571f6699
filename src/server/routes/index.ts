import type { FastifyInstance } from 'fastify';
import type { Experiments } from '../../experiments/index.js';
import type { Engine } from '../../recommend/index.js';
import type { Metrics } from '../metrics.js';
import type { Quarantine } from '../quarantine.js';
import { eventRoutes } from './events.js';
import { experimentRoutes } from './experiments.js';
import { itemRoutes } from './items.js';
import { operationRoutes } from './operations.js';
import { recommendRoutes } from './recommend.js';
import { userRoutes } from './users.js';

/** What the routes of every resource may use. */
export interface Api {
  engine: Engine;
  quarantine: Quarantine;
  meters: Metrics;
  experiments: Experiments | undefined;
}

/** All routes: a file per resource. */
export function addRoutes(app: FastifyInstance, { engine, quarantine, meters, experiments }: Api): void {
  eventRoutes(app, engine, quarantine, meters);
  itemRoutes(app, engine);
  recommendRoutes(app, experiments ?? engine);
  experimentRoutes(app, experiments);
  userRoutes(app, engine);
  operationRoutes(app, engine, meters);
}
