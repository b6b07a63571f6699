import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { searchSorts } from '../../core/index.js';
import { longestQuery, type Search } from '../../search/index.js';
import * as schemas from '../schemas.js';
import { type FromSchema, problems, route } from './route.js';

const price = Type.Optional(Type.Number());
const values = Type.Array(Type.String({ maxLength: 300 }), { minItems: 1, maxItems: 50 });

export const SearchBody = Type.Object(
  {
    user: schemas.ItemId,
    query: Type.String({ maxLength: 100_000, description: `The first ${longestQuery} characters are read` }),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
    cursor: Type.Optional(
      Type.String({ maxLength: 500, description: 'Of the answer before, for the next page' }),
    ),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 10_000_000,
        description: 'Place of the first item; a cursor goes before it',
      }),
    ),
    filters: Type.Optional(
      Type.Record(Type.String({ maxLength: 300 }), values, {
        maxProperties: 16,
        description:
          'Values by facet; an item needs one of each. A category that ends with " > " means all below it',
      }),
    ),
    price: Type.Optional(Type.Object({ min: price, max: price }, schemas.strict)),
    filter: Type.Optional(
      Type.String({ maxLength: 2_000, description: 'e.g. price < 20 and category = "phones"' }),
    ),
    facets: Type.Optional(
      Type.Array(Type.String({ maxLength: 300 }), {
        maxItems: 16,
        description: 'Facets to count: category, brand, tags, or an attribute; default category and brand',
      }),
    ),
    sort: Type.Optional(
      Type.Unsafe<(typeof searchSorts)[number]>({ type: 'string', enum: [...searchSorts] }),
    ),
    personal: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        description: "How much the shopper's taste counts; what endcap.json says by default, or 1",
      }),
    ),
    strict: Type.Optional(
      Type.Boolean({ description: 'A price in the words is a filter, not a preference' }),
    ),
    explain: Type.Optional(Type.Boolean({ description: 'Say what lifted an item for this shopper' })),
  },
  schemas.strict,
);

const Spans = Type.Array(Type.Array(Type.Integer(), { minItems: 2, maxItems: 2 }), {
  description: '[start, end) in UTF-16 units',
});
const Words = Type.Array(Type.String());
const WordsByWord = Type.Record(Type.String(), Words);
const Meant = Type.Object({ value: Type.String(), share: Type.Number() });

const SearchAnswer = Type.Object({
  searchId: Type.String({ description: 'Events of this search carry it as `attribution`' }),
  query: Type.String(),
  user: Type.String(),
  total: Type.Integer(),
  step: Type.String({ description: 'exact, typo, dropped, semantic, popular or browse' }),
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      score: Type.Number(),
      item: Type.Ref('Item'),
      highlights: Type.Object({ title: Type.Optional(Spans), description: Type.Optional(Spans) }),
      lift: Type.Optional(
        Type.Object({
          from: Type.Integer({ description: 'Place without the shopper' }),
          reasons: Type.Array(
            Type.Object({ kind: Type.String(), value: Type.Optional(Type.String()), share: Type.Number() }),
          ),
        }),
      ),
    }),
  ),
  facets: Type.Array(
    Type.Object({
      name: Type.String(),
      values: Type.Array(Type.Object({ value: Type.String(), count: Type.Integer() })),
    }),
  ),
  price: Type.Optional(Type.Object({ min: Type.Number(), max: Type.Number() })),
  understood: Type.Object({
    words: Words,
    corrected: WordsByWord,
    dropped: Words,
    synonyms: WordsByWord,
    sizes: Words,
    price: Type.Optional(Type.Object({ min: price, max: price })),
    category: Type.Optional(Meant),
    brand: Type.Optional(Meant),
    attributes: Type.Optional(Type.Record(Type.String(), Meant)),
  }),
  personal: Type.Object({ dial: Type.Number(), gate: Type.Number() }),
  cursor: Type.Optional(Type.String()),
  warnings: schemas.warnings,
});

export const SuggestBody = Type.Object(
  {
    user: schemas.ItemId,
    prefix: Type.String({ maxLength: 500, description: 'What is typed so far; pinyin and its initials too' }),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 8 })),
  },
  schemas.strict,
);

const SuggestAnswer = Type.Object({
  prefix: Type.String(),
  suggestions: Type.Array(
    Type.Object({
      text: Type.String(),
      kind: Type.String({ description: 'query, category, brand or product' }),
      id: Type.Optional(Type.String()),
      personal: Type.Optional(Type.Boolean()),
    }),
  ),
  corrected: Type.Optional(Type.String()),
});

const CategoriesAsked = Type.Object(
  {
    below: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 300,
        description: 'A path such as `Home > Kitchen`; the first steps without',
      }),
    ),
    count: Type.Optional(
      Type.String({
        pattern: '^([1-9][0-9]{0,2}|1000)$',
        description: 'At most so many, up to 1,000; default 100',
      }),
    ),
  },
  schemas.strict,
);

const CategoriesAnswer = Type.Object({
  categories: Type.Array(
    Type.Object({
      name: Type.String({ description: 'The whole path' }),
      count: Type.Integer({
        description: 'How often items name it or what lies below it, also those out of stock',
      }),
    }),
  ),
  total: Type.Integer({ description: 'How many there are' }),
});

/** `GET /v1/categories`, `POST /v1/search` and `POST /v1/suggest`. */
export function searchRoutes(app: FastifyInstance, search: Search): void {
  const api = app.withTypeProvider<FromSchema>();
  api.post(
    '/v1/search',
    route('recommend', {
      summary: 'Find items, for this shopper',
      body: SearchBody,
      response: { 200: Type.Unsafe<unknown>(SearchAnswer), ...problems },
    }),
    ({ body }) => search.search(body),
  );
  api.get(
    '/v1/categories',
    route('recommend', {
      summary: 'The categories one step below a path, the largest first',
      querystring: CategoriesAsked,
      response: { 200: CategoriesAnswer, ...problems },
    }),
    async ({ query }) => search.categories(query.below, Number(query.count ?? 100)),
  );
  api.post(
    '/v1/suggest',
    route('recommend', {
      summary: 'Complete what is typed',
      body: SuggestBody,
      response: { 200: Type.Unsafe<unknown>(SuggestAnswer), ...problems },
    }),
    async ({ body }) => search.suggest(body),
  );
}
