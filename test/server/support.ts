import type { TestContext } from 'node:test';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { type Engine, openEngine } from '../../src/recommend/index.js';
import { createServer, type ServerOptions } from '../../src/server/index.js';
import { openStore } from '../../src/storage/index.js';
import { scratch } from '../support/events.js';

export interface Api {
  app: FastifyInstance;
  engine: Engine;
  dir: string;
  call(
    method: InjectOptions['method'],
    url: string,
    body?: unknown,
    headers?: Record<string, string>,
  ): Promise<Answer>;
}

export interface Answer {
  status: number;
  type: string;
  headers: Record<string, unknown>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer.
  body: any;
}

/** A server over a fresh engine with two items. */
export async function server(
  t: TestContext,
  { dir = scratch(t), ...options }: ServerOptions & { dir?: string } = {},
): Promise<Api> {
  const engine = await openEngine({ store: openStore(dir) });
  const app = await createServer(engine, { dir, ...options });
  t.after(async () => {
    await app.close();
    await engine.close();
  });
  await engine.catalogue.put([
    { id: 'phone', title: 'Phone', price: 500 },
    { id: 'case', title: 'Case', price: 20 },
  ]);
  return {
    app,
    engine,
    dir,
    async call(method, url, body, headers = {}) {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const sent = body === undefined ? {} : { payload: text };
      const json = body === undefined ? {} : { 'content-type': 'application/json' };
      const answer = await app.inject({ method, url, headers: { ...json, ...headers }, ...sent });
      const type = String(answer.headers['content-type'] ?? '');
      const parsed = type.includes('json') && answer.body !== '' ? JSON.parse(answer.body) : undefined;
      return { status: answer.statusCode, type, headers: answer.headers, text: answer.body, body: parsed };
    },
  };
}
