import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { type ExperimentReport, type Experiments, metrics } from '../../experiments/index.js';
import { problems, route } from './route.js';

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
  shoppers: Type.Integer(),
  mean: Type.Number({ description: 'Of the metric over the shoppers' }),
  lift: Type.Optional(Lift),
  harms: Type.Array(metric, { description: 'Guard metrics in which it is worse beyond chance' }),
  stopped: Type.Boolean({ description: 'A guard took it out: its shoppers see the control' }),
});
const Report = Type.Object({
  name: Type.String(),
  state: Type.Unsafe<string>({ type: 'string', enum: ['scheduled', 'running', 'ended'] }),
  metric,
  variants: Type.Array(Variant),
  ratio: Type.Object({ odds: bound, alarm: Type.Boolean({ description: 'The split is broken' }) }),
  crossed: Type.Integer({ description: 'Shoppers that saw two variants and count in none' }),
});

/** `GET /v1/experiments`: what each variant did so far. */
export function experimentRoutes(app: FastifyInstance, experiments: Experiments | undefined): void {
  app.get(
    '/v1/experiments',
    route('admin', {
      summary: 'Experiments: lifts with always-valid intervals',
      response: { 200: Type.Object({ experiments: Type.Array(Report) }), ...problems },
    }),
    async () => ({ experiments: (experiments?.report() ?? []).map(plain) }),
  );
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);

function plain({ variants, ratio, ...rest }: ExperimentReport): unknown {
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
