import { type ServerResponse, STATUS_CODES } from 'node:http';
import type { FastifyError, FastifyReply } from 'fastify';
import { EndcapError, type ErrorCode } from '../core/index.js';
import { faultOf } from './fault.js';

/** Turns whatever went wrong into an error with a status and a field; anything unknown is a bare 500. */
export function toEndcapError(error: FastifyError | EndcapError | Error): EndcapError {
  if (error instanceof EndcapError) return error;
  const { code = '', statusCode = 500, validation, validationContext } = error as FastifyError;
  if (validation?.[0]) {
    const root = validationContext === 'params' ? 'path.' : '';
    const fault = faultOf(validation[0], root);
    return new EndcapError('invalid_request', `${fault.field} ${fault.message}`, {
      errors: [fault],
      remedy: fault.remedy,
    });
  }
  const known = fastifyErrors[code] ?? (error instanceof SyntaxError ? fastifyErrors.malformed : undefined);
  if (known) {
    const [name, status, message, remedy] = known;
    return new EndcapError(name, message, { status, remedy, errors: [{ field: 'body', message, remedy }] });
  }
  if (statusCode >= 400 && statusCode < 500) {
    return new EndcapError('invalid_request', error.message, { status: statusCode });
  }
  const message = 'Something went wrong inside Endcap; the server log has the details';
  return new EndcapError('internal', message, { cause: error });
}

type Known = readonly [code: ErrorCode, status: number, message: string, remedy: string];
const malformed: Known = ['malformed_json', 400, 'The body is not valid JSON', 'Send JSON in UTF-8'];
const fastifyErrors: Record<string, Known | undefined> = {
  malformed,
  FST_ERR_CTP_INVALID_JSON_BODY: malformed,
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed_json', 400, 'The body is empty', 'Send a JSON object or array'],
  FST_ERR_CTP_BODY_TOO_LARGE: [
    'body_too_large',
    413,
    'The body is too large',
    'Send at most 1 MiB at a time',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported_media_type',
    415,
    'The body is not JSON',
    'Send content-type: application/json',
  ],
};

/** What a page of ours may load: its own parts, and pictures from the hosts that the shop names. */
export const contentPolicy = (imageHosts: readonly string[] = []): string =>
  `default-src 'self'; img-src ${["'self'", 'data:', ...imageHosts].join(' ')}; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`;

/** What every answer says to a browser, whatever it is. */
export const securityHeaders = {
  'content-security-policy': contentPolicy(),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

/** JSON to a request that no Fastify answers: before a shop is open, or beside all shops. */
export function sendJson(response: ServerResponse, status: number, body: object, headers: object = {}): void {
  const usual = { 'content-type': 'application/json', 'cache-control': 'no-store', ...securityHeaders };
  response.writeHead(status, { ...usual, ...headers }).end(JSON.stringify(body));
}

export function sendProblem(reply: FastifyReply, error: EndcapError): FastifyReply {
  // What RFC 9110 asks of a 401: how to prove who asks.
  if (error.status === 401) reply.header('www-authenticate', 'Bearer');
  return reply
    .code(error.status)
    .headers(securityHeaders)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .serializer(JSON.stringify as (body: unknown) => string)
    .send(problemOf(error));
}

/** RFC 9457 body. */
export function problemOf(error: EndcapError): object {
  const { status, code, message: detail, remedy, errors } = error;
  return {
    type: `urn:endcap:problem:${code}`,
    title: STATUS_CODES[status],
    status,
    code,
    detail,
    remedy,
    errors,
  };
}
