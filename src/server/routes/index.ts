import type { FastifyInstance } from 'fastify';
import type { Intake } from '../events.js';
import type { KeyFile } from '../keyFile.js';
import type { KeyRing } from '../keyRing.js';
import { eventRoutes } from './events.js';
import { itemRoutes } from './items.js';
import { keyRoutes } from './keys.js';
import { operationRoutes } from './operations.js';
import { recommendRoutes } from './recommend.js';
import { userRoutes } from './users.js';

/** What the routes of every resource may use. */
export interface Api extends Intake {
  /** Undefined where the server has no folder. */
  keyFile: KeyFile | undefined;
  dir: string | undefined;
  /** The keys that are asked for; undefined where this machine alone may connect. */
  ring: KeyRing | undefined;
}

/** All routes: a file per resource. */
export function addRoutes(app: FastifyInstance, api: Api): void {
  eventRoutes(app, api);
  itemRoutes(app, api.engine);
  recommendRoutes(app, api);
  userRoutes(app, api);
  if (api.keyFile) keyRoutes(app, api.keyFile, api.ring);
  operationRoutes(app, api);
}
