import type { OutgoingHttpHeaders } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { EndcapError } from '../core/index.js';
import type { Engine } from '../recommend/index.js';

export const maxStreams = 100;
/** Bytes that may wait for a reader. */
const slowReader = 1 << 20;
const beatMs = 15_000;

/** `GET /v1/events/stream`: accepted events as server-sent events, for a page that shows them arriving. */
export function streamEvents(
  app: FastifyInstance,
  engine: Engine,
): (request: FastifyRequest, reply: FastifyReply) => void {
  const open = new Set<() => void>();
  app.addHook('preClose', async () => {
    for (const end of open) end();
  });
  return (request, reply) => {
    if (open.size >= maxStreams) {
      throw new EndcapError('too_many_streams', `At most ${maxStreams} streams at a time`, {
        remedy: 'Close one first',
      });
    }
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, {
      ...(reply.getHeaders() as OutgoingHttpHeaders),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
    });
    const { user } = request.query as { user?: string };
    // A reader that does not keep up is let go with all that waits for it: ended politely it would stay until it reads.
    const send = (text: string): void => {
      raw.write(text);
      if (raw.writableLength > slowReader) raw.destroy();
    };
    send(':\n\n');
    const beat = setInterval(() => send(':\n\n'), beatMs).unref();
    const stop = engine.onEvent((offset, event) => {
      if (user !== undefined && event.user !== user) return;
      send(`id: ${offset}\ndata: ${JSON.stringify({ offset, event })}\n\n`);
    });
    const end = (): void => {
      if (raw.writableLength > 0) raw.destroy();
      else raw.end();
    };
    open.add(end);
    raw.on('close', () => {
      clearInterval(beat);
      stop();
      open.delete(end);
    });
  };
}
