import type { FastifyInstance } from 'fastify';
import Type, { type Static } from 'typebox';
import { EndcapError, type Scenario, scenarios } from '../../core/index.js';
import {
  audiencesPage,
  type Marketing,
  type OfferInput,
  type Outcome,
  offersPage,
  outcomes,
  type TrialTable,
  upliftPage,
} from '../../marketing/index.js';
import * as schemas from '../schemas.js';
import { InLanguage, languageFor, page } from './page.js';
import { ById, type FromSchema, problems, route } from './route.js';

const name = Type.String({ minLength: 1, maxLength: 200 });
const anything = { 200: Type.Unsafe<unknown>({}), ...problems };

const IntentBody = Type.Object(
  { user: schemas.ItemId, explain: Type.Optional(Type.Boolean()) },
  schemas.strict,
);
const CountQuery = Type.Object(
  { count: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,3}$' })) },
  schemas.strict,
);

const AudienceBody = Type.Object(
  {
    name,
    rule: Type.String({
      minLength: 1,
      maxLength: 100_000,
      description: 'e.g. view(same) >= 2 and purchase = 0 in 7 days and intent > 0.6',
    }),
    webhook: Type.Optional(
      Type.Object(
        { url: Type.String({ maxLength: 2_000 }), secret: Type.String({ maxLength: 200 }) },
        schemas.strict,
      ),
    ),
  },
  schemas.strict,
);

const amount = Type.Number({ minimum: -1e12, maximum: 1e12 });
const OfferBody = Type.Object(
  {
    name,
    kind: Type.Unsafe<'coupon' | 'price' | 'slot'>({ type: 'string', enum: ['coupon', 'price', 'slot'] }),
    items: Type.Unsafe<string[] | 'viewed'>({
      anyOf: [
        { type: 'string', enum: ['viewed'] },
        { type: 'array', maxItems: 1_000, items: { type: 'string', minLength: 1, maxLength: 128 } },
      ],
      description: 'Item ids, or "viewed": what the shopper looked at and did not buy',
    }),
    discounts: Type.Optional(Type.Array(amount, { maxItems: 8, description: 'From 0 to 1 (coupon)' })),
    price: Type.Optional(amount),
    bid: Type.Optional(amount),
    scenario: Type.Optional(
      Type.Unsafe<Scenario>({ type: 'string', enum: [...scenarios], description: 'List of an advert; home' }),
    ),
    place: Type.Optional(Type.Integer({ description: 'Place of an advert in its list, 1 the first; 2' })),
    audience: Type.Optional(schemas.ItemId),
    budget: amount,
    cap: Type.Optional(Type.Integer({ description: 'Offers a shopper; 3' })),
    holdout: Type.Optional(Type.Number({ description: 'Share who never get it; 0.1' })),
    explore: Type.Optional(
      Type.Number({ description: 'Share of the others who draw a discount, or none, at random; 0.1' }),
    ),
    margin: Type.Optional(Type.Number({ description: 'Share of the full price that is earned; 0.35' })),
    start: Type.Optional(Type.Number({ description: 'ms since 1970; now' })),
    end: Type.Number({ description: 'ms since 1970' }),
  },
  schemas.strict,
);

const DecideBody = Type.Object(
  { user: schemas.ItemId, count: Type.Optional(Type.Integer({ minimum: 1, maximum: 10, default: 3 })) },
  schemas.strict,
);

/** `/v1/intent`, `/v1/audiences`, `/v1/offers`, `/v1/deliveries`, and the pages of an operator. */
export function marketingRoutes(app: FastifyInstance, marketing: Marketing): void {
  intentRoutes(app, marketing);
  audienceRoutes(app, marketing);
  offerRoutes(app, marketing);
  upliftRoutes(app, marketing);
  slotRoutes(app, marketing);
}

function intentRoutes(app: FastifyInstance, marketing: Marketing): void {
  const api = app.withTypeProvider<FromSchema>();
  api.post(
    '/v1/intent',
    route('recommend', {
      summary: 'How likely this visit ends in a purchase, and of what',
      body: IntentBody,
      response: anything,
    }),
    async ({ body }) => ({
      ...marketing.intent(body.user),
      ...(body.explain ? { reasons: marketing.reasons(body.user) } : {}),
    }),
  );
  api.get(
    '/v1/intent/current',
    route('admin', {
      summary: 'Visits under way, likeliest buyers first',
      querystring: CountQuery,
      response: anything,
    }),
    async ({ query }) => ({ visits: marketing.current(Number(query.count ?? 20)) }),
  );
  api.get(
    '/v1/intent/report',
    route('admin', { summary: 'What intent was measured to be worth' }),
    async () => ({
      report: marketing.intentReport ?? null,
    }),
  );
  api.post(
    '/v1/intent/train',
    route('admin', { summary: 'Learn intent from the log now', response: anything }),
    async () => ({
      report: await marketing.trainIntent(),
    }),
  );
}

function audienceRoutes(app: FastifyInstance, marketing: Marketing): void {
  const api = app.withTypeProvider<FromSchema>();
  api.get('/v1/audiences', route('admin', { summary: 'Saved audiences' }), async () => ({
    audiences: marketing.audiences(),
  }));
  api.put(
    '/v1/audiences/:id',
    route('admin', { summary: 'Save an audience', params: ById, body: AudienceBody, response: anything }),
    ({ params, body }) => {
      const { webhook, ...rest } = body as Static<typeof AudienceBody>;
      return marketing.putAudience({ id: params.id, ...rest, ...(webhook ? { webhook } : {}) });
    },
  );
  api.get(
    '/v1/audiences/:id',
    route('admin', { summary: 'An audience and its size', params: ById, response: anything }),
    async ({ params }) => marketing.audience(params.id),
  );
  api.delete(
    '/v1/audiences/:id',
    route('admin', { summary: 'Forget an audience', params: ById, response: anything }),
    async ({ params }) => {
      await marketing.deleteAudience(params.id);
      return { deleted: params.id };
    },
  );
  api.get(
    '/v1/audiences/:id/members',
    route('admin', {
      summary: 'Members, last to enter first',
      params: ById,
      querystring: CountQuery,
      response: anything,
    }),
    async ({ params, query }) => ({ members: marketing.members(params.id, Number(query.count ?? 100)) }),
  );
  api.get(
    '/v1/audiences/:id/members.csv',
    route('admin', { summary: 'All members as CSV', params: ById }),
    async ({ params }, reply) => reply.type('text/csv; charset=utf-8').send(marketing.csv(params.id)),
  );
  api.get('/v1/deliveries', route('admin', { summary: 'Webhook deliveries and dead letters' }), async () =>
    marketing.deliveries(),
  );
  api.post('/v1/deliveries/retry', route('admin', { summary: 'Try the dead letters again' }), async () => ({
    retried: marketing.retryDead(),
  }));
  api.get(
    '/v1/audiences/page',
    route('admin', { summary: 'Intent and audiences as a page', querystring: InLanguage }),
    async (request, reply) => page(reply, audiencesPage(marketing, languageFor(request))),
  );
}

function offerRoutes(app: FastifyInstance, marketing: Marketing): void {
  const api = app.withTypeProvider<FromSchema>();
  api.get('/v1/offers', route('admin', { summary: 'Offers, what they cost and brought' }), async () => ({
    offers: marketing.offers(),
    response: marketing.response(),
  }));
  api.post(
    '/v1/offers/learn',
    route('admin', {
      summary: 'Learn now what discounts do, from the offers drawn at random',
      response: anything,
    }),
    async () => ({ response: await marketing.learnResponse() }),
  );
  api.put(
    '/v1/offers/:id',
    route('admin', { summary: 'Save an offer', params: ById, body: OfferBody, response: anything }),
    ({ params, body }) => marketing.putOffer({ id: params.id, ...body } as OfferInput),
  );
  api.get(
    '/v1/offers/:id',
    route('admin', { summary: 'An offer', params: ById, response: anything }),
    async ({ params }) => marketing.offer(params.id),
  );
  api.delete(
    '/v1/offers/:id',
    route('admin', { summary: 'End an offer and forget it', params: ById, response: anything }),
    async ({ params }) => {
      await marketing.deleteOffer(params.id);
      return { deleted: params.id };
    },
  );
  api.post(
    '/v1/offers/decide',
    route('recommend', { summary: 'The offers of a shopper now', body: DecideBody, response: anything }),
    async ({ body }) => ({ user: body.user, offers: await marketing.offersFor(body.user, body.count ?? 3) }),
  );
  api.get(
    '/v1/offers/page',
    route('admin', { summary: 'Offers and budgets as a page', querystring: InLanguage }),
    async (request, reply) => page(reply, offersPage(marketing, languageFor(request))),
  );
}

const UpliftBody = Type.Object(
  {
    csv: Type.Optional(Type.String({ description: 'The experiment, a row a shopper, with a header' })),
    treatment: Type.Optional(Type.String({ maxLength: 200, description: 'Column: 1 treated, 0 not' })),
    outcome: Type.Optional(Type.String({ maxLength: 200, description: 'Column: what came of it' })),
    propensity: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        exclusiveMaximum: 1,
        description: 'Share treated, if drawn at random',
      }),
    ),
    ignore: Type.Optional(Type.Array(Type.String({ maxLength: 200 }), { maxItems: 200 })),
    offer: Type.Optional(schemas.ItemId),
    scores: Type.Optional(Type.Boolean({ description: 'Also the uplift expected of each row' })),
    page: Type.Optional(Type.Boolean({ description: 'Answer with a page' })),
  },
  {
    ...schemas.strict,
    description: 'An experiment as CSV with its columns, or an offer of the shop with its holdout',
  },
);
/** A table of an experiment may be so large, bytes. */
const upliftBodyLimit = 64 << 20;

function upliftRoutes(app: FastifyInstance, marketing: Marketing): void {
  app.withTypeProvider<FromSchema>().post(
    '/v1/marketing/uplift',
    {
      bodyLimit: upliftBodyLimit,
      ...route('admin', {
        summary: 'What an experiment or an offer brought, and who is moved by it',
        body: UpliftBody,
        response: anything,
      }),
    },
    async ({ body }, reply) => {
      const { offer, page: asPage, scores: wanted, ...table } = body;
      const answer =
        offer === undefined ? await marketing.uplift(tableOf(table)) : await marketing.upliftOfOffer(offer);
      if (asPage) return page(reply, upliftPage(answer.report, answer.notes));
      const { scores, ...rest } = answer;
      return wanted ? { ...rest, scores } : rest;
    },
  );
}

function tableOf(table: Partial<TrialTable>): TrialTable {
  for (const field of ['csv', 'treatment', 'outcome'] as const) {
    if (table[field] !== undefined) continue;
    const message = 'is missing';
    throw new EndcapError('invalid_request', `${field} ${message}`, {
      errors: [{ field, message, remedy: 'Send csv, treatment and outcome, or offer' }],
    });
  }
  return table as TrialTable;
}

const RankBody = Type.Object(
  {
    slot: Type.String({ minLength: 1, maxLength: 128 }),
    candidates: Type.Array(
      Type.Object(
        {
          item: schemas.ItemId,
          worth: Type.Number({ minimum: 0, maximum: 1e12, description: 'Bid or margin of one outcome' }),
          outcome: Type.Optional(
            Type.Unsafe<Outcome>({ type: 'string', enum: [...outcomes], description: 'clicked by default' }),
          ),
        },
        schemas.strict,
      ),
      { minItems: 1, maxItems: 1_000 },
    ),
  },
  schemas.strict,
);

function slotRoutes(app: FastifyInstance, marketing: Marketing): void {
  const api = app.withTypeProvider<FromSchema>();
  api.get(
    '/v1/slots',
    route('admin', { summary: 'Slots: rates and the effect of their places' }),
    async () => ({
      slots: marketing.clicks(),
    }),
  );
  api.post(
    '/v1/slots/rank',
    route('recommend', { summary: 'An advert slot by worth times rate', body: RankBody, response: anything }),
    async ({ body, caller }) => {
      if (caller.isPublic) throw ratesAreOfTheShop();
      return { slot: body.slot, items: marketing.rankSlot(body.slot, body.candidates) };
    },
  );
}

/** What is clicked how often is the shop's own business, and an order of made-up bids tells it. */
function ratesAreOfTheShop(): EndcapError {
  return new EndcapError('forbidden', 'A public key may not rank a slot', {
    remedy: 'Ask from your server, or place adverts by offers of the kind slot',
  });
}
