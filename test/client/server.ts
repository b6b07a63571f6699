import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import type { Event } from '../../src/core/index.js';

export interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: unknown;
}
/** `destroy` breaks the connection; otherwise a status with a body and headers. */
export type Answer = 'destroy' | { status: number; body?: unknown; headers?: Record<string, string> };

/** A real HTTP server on loopback that answers as told and remembers what it was asked. */
export async function listen(
  t: TestContext,
  answer: (seen: Seen, n: number) => Answer,
): Promise<{ url: string; seen: Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const asked: Seen = {
      method: request.method!,
      path: request.url!,
      headers: request.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
    seen.push(asked);
    const told = answer(asked, seen.length);
    if (told === 'destroy') return void request.socket.destroy();
    response.writeHead(told.status, { 'content-type': 'application/json', ...told.headers });
    response.end(told.body === undefined ? '' : JSON.stringify(told.body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

/** What the API answers when it takes every event. */
export const taken = (seen: Seen): Answer => ({
  status: 200,
  body: { events: eventsOf(seen).map(({ id }, i) => ({ id, status: 'accepted', offset: i })) },
});

export const eventsOf = (seen: Seen): Event[] => seen.body as Event[];
