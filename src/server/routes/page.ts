import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { type Language, languageOf, languages } from '../../report/index.js';
import * as schemas from '../schemas.js';

/** What a page of the operator takes. */
export const InLanguage = Type.Object(
  {
    language: Type.Optional(
      Type.Unsafe<Language>({
        type: 'string',
        enum: [...languages],
        description: 'Of the page; what the browser asks for when absent',
      }),
    ),
  },
  schemas.strict,
);

export function languageFor({
  query,
  headers,
}: {
  query: { language?: Language };
  headers: object;
}): Language {
  const { 'accept-language': accepted } = headers as { 'accept-language'?: string };
  return query.language ?? languageOf(accepted);
}

/** The page brings its own style and nothing else. */
export function page(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .type('text/html; charset=utf-8')
    .header(
      'content-security-policy',
      "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    )
    .send(html);
}
