import type { FastifyInstance } from 'fastify';
import { EndcapError } from '../core/index.js';

/** What the API takes is six deep at most. */
export const deepest = 32;

/**
 * Reads JSON bodies. What a page sends is not read where it is nested beyond any use: a hundred thousand brackets cost more
 * than a thousand events, to read and to write down as refused.
 */
export function readJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('application/json');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    // Many clients say of every request that it is JSON, with a body or without; a route that wants one says that it is missing.
    if (body === '') done(null, undefined);
    else if (request.caller?.isPublic && isDeep(body)) done(tooDeep());
    else parse(request, body, (error, value) => done(error && isJson(body) ? reservedName() : error, value));
  });
}

/** Whether a body that is refused could be read: only for a name that would change what an object is. */
function isJson(body: string): boolean {
  try {
    JSON.parse(body);
    return true;
  } catch {
    return false;
  }
}

function reservedName(): EndcapError {
  const [message, remedy] = [
    'has a field __proto__, or a prototype in constructor',
    'Give that field another name',
  ];
  return new EndcapError('invalid_request', `body ${message}`, {
    remedy,
    errors: [{ field: 'body', message, remedy }],
  });
}

/** Whether more brackets are open at once than `deepest`; those in texts are none. */
export function isDeep(json: string): boolean {
  let open = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === quote) at = endOfText(json, at + 1);
    else if (code === openArray || code === openObject) {
      if (++open > deepest) return true;
    } else if (code === closeArray || code === closeObject) open--;
  }
  return false;
}

const [quote, backslash, openArray, closeArray, openObject, closeObject] = [34, 92, 91, 93, 123, 125];

function endOfText(json: string, from: number): number {
  let at = from;
  while (at < json.length && json.charCodeAt(at) !== quote) at += json.charCodeAt(at) === backslash ? 2 : 1;
  return at;
}

function tooDeep(): EndcapError {
  const [message, remedy] = ['is nested too deeply', `Send JSON that is at most ${deepest} deep`];
  return new EndcapError('invalid_request', `body ${message}`, {
    remedy,
    errors: [{ field: 'body', message, remedy }],
  });
}
