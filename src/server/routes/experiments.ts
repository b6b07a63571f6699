import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  type ExperimentReport,
  type Experiments,
  experimentsPage,
  metrics,
} from '../../experiments/index.js';
import type { Engine } from '../../recommend/index.js';
import { InLanguage, languageFor, page } from './page.js';
import { type FromSchema, problems, route } from './route.js';

const metric = Type.Unsafe<string>({ type: 'string', enum: [...metrics] });
/** JSON knows no infinity: a bound that is not known yet is null. */
const bound = Type.Union([Type.Number(), Type.Null()]);
const Lift = Type.Object(
  {
    estimate: bound,
    low: bound,
    high: bound,
    sure: Type.Boolean({
      description: 'The interval excludes 0; always valid, however often it is looked at',
    }),
    relative: bound,
  },
  { description: 'Mean of the variant minus that of the control' },
);
const Variant = Type.Object({
  variant: Type.String(),
  share: Type.Number({ description: 'Of those who take part' }),
  changes: Type.Object(
    {
      model: Type.Optional(Type.String()),
      weights: Type.Optional(Type.Record(Type.String(), Type.Number())),
      policy: Type.Optional(Type.String()),
      explore: Type.Optional(Type.Number()),
    },
    { description: 'What it does otherwise than the shop' },
  ),
  shoppers: Type.Integer(),
  mean: Type.Number({ description: 'Of the metric over the shoppers' }),
  lift: Type.Optional(Lift),
  harms: Type.Array(metric, { description: 'Guard metrics in which it is worse beyond chance' }),
  stopped: Type.Boolean({ description: 'A guard took it out: its shoppers see the control' }),
});
const Report = Type.Object({
  name: Type.String(),
  state: Type.Unsafe<string>({ type: 'string', enum: ['scheduled', 'running', 'ended'] }),
  from: Type.String(),
  to: Type.String({ description: 'The day after the last' }),
  traffic: Type.Number({ description: 'Share of the shoppers outside the holdout that takes part' }),
  metric,
  guards: Type.Array(metric),
  variants: Type.Array(Variant),
  ratio: Type.Object({ odds: bound, alarm: Type.Boolean({ description: 'The split is broken' }) }),
  crossed: Type.Integer({ description: 'Shoppers that saw two variants and count in none' }),
});

const fault = Type.Optional(
  Type.String({ description: 'What is wrong with the file as it is now: the version before goes on' }),
);
const Policy = Type.Object({
  policy: Type.Union([Type.Unsafe<object>({ type: 'object', additionalProperties: true }), Type.Null()], {
    description: 'As policy.json has it; null where no rule is in force',
  }),
  since: Type.Integer({ description: 'In force and counted since, ms: a start, or a change of the file' }),
  lists: Type.Integer({ description: 'Lists made under it since' }),
  rules: Type.Array(
    Type.Object({
      rule: Type.String({ description: 'As reasons name it' }),
      shown: Type.Integer({ description: 'Places shown on which stood an item that it moved' }),
      leftOut: Type.Integer({ description: 'Candidates that it left out' }),
    }),
  ),
  fault,
});

/** `/v1/experiments`: what each variant did so far; `/v1/policy`: what governs every list; and a page of both. */
export function experimentRoutes(
  app: FastifyInstance,
  { experiments, engine }: { experiments: Experiments | undefined; engine: Engine },
): void {
  const api = app.withTypeProvider<FromSchema>();
  const view = () => ({
    reports: experiments?.report() ?? [],
    holdout: experiments?.holdout ?? 0,
    ...(experiments?.fault === undefined ? {} : { fault: experiments.fault }),
  });
  api.get(
    '/v1/experiments',
    route('admin', {
      summary: 'Experiments: lifts with always-valid intervals',
      response: {
        200: Type.Object({ experiments: Type.Array(Report), holdout: Type.Number(), fault }),
        ...problems,
      },
    }),
    async () => {
      const { reports, ...rest } = view();
      return { experiments: reports.map(plain), ...rest };
    },
  );
  api.get(
    '/v1/policy',
    route('admin', {
      summary: 'The policy in force and what its rules did',
      response: { 200: Policy, ...problems },
    }),
    async () => engine.policyStatus ?? { policy: null, since: engine.now, lists: 0, rules: [] },
  );
  api.get(
    '/v1/experiments/page',
    route('admin', { summary: 'Experiments and the policy in force as a page', querystring: InLanguage }),
    async (request, reply) =>
      page(reply, experimentsPage({ ...view(), policy: engine.policyStatus }, languageFor(request))),
  );
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function plain({ variants, ratio, ...rest }: ExperimentReport) {
  return {
    ...rest,
    ratio: { ...ratio, odds: finite(ratio.odds) },
    variants: variants.map(({ lift, ...variant }) => ({
      ...variant,
      ...(lift && {
        lift: {
          sure: lift.sure,
          estimate: finite(lift.estimate),
          low: finite(lift.low),
          high: finite(lift.high),
          relative: finite(lift.relative),
        },
      }),
    })),
  };
}
