import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { plainProfile } from '../../core/index.js';
import { forgetInFiles } from '../forgetFiles.js';
import * as schemas from '../schemas.js';
import type { Api } from './api.js';
import { ById, type FromSchema, problems, route } from './route.js';

/** `/v1/users`: what is known of a shopper, and how it is removed. */
export function userRoutes(app: FastifyInstance, context: Api): void {
  const { engine } = context;
  const api = app.withTypeProvider<FromSchema>();
  api.get(
    '/v1/users/:id/profile',
    route('admin', {
      summary: 'What is known of a shopper',
      params: ById,
      response: { 200: Type.Unsafe<unknown>(schemas.ProfileAnswer), ...problems },
    }),
    async ({ params }) => ({
      ...plainProfile(engine.profile(params.id)),
      cart: engine.state.cart(params.id),
    }),
  );
  api.get(
    '/v1/users/:id/export',
    route('admin', {
      summary: 'Everything kept of a shopper',
      params: ById,
      response: { 200: Type.Unsafe<unknown>(schemas.ExportAnswer), ...problems },
    }),
    async ({ params }) => engine.exportShopper(params.id),
  );
  api.delete(
    '/v1/users/:id',
    route('admin', {
      summary: 'Remove a shopper, for good; the answer is the receipt',
      params: ById,
      response: { 200: Type.Unsafe<unknown>(schemas.ErasureAnswer), ...problems },
    }),
    async ({ params, caller }) => erase(context, params.id, caller.name),
  );
}

/** Store, quarantine and other files; one line in the audit log, which says who did it and not to whom. */
async function erase(context: Api, user: string, by: string): Promise<object> {
  const { engine, dir, quarantine, publicQuarantine, keyFile } = context;
  const { receipt, ids } = await engine.erase(user);
  const files =
    dir === undefined
      ? { lines: 0, stillNamedIn: [] }
      : await quarantine.whileResting(() => publicQuarantine.whileResting(() => forgetInFiles(dir, ids)));
  const whole = { ...receipt, quarantineLines: files.lines, stillNamedIn: files.stillNamedIn };
  const { time, receipt: id, events, scrubbed } = receipt;
  await keyFile?.audit({ time, action: 'shopper erased', by, receipt: id, events, scrubbed });
  return whole;
}
