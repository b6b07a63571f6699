import Type, { type Static } from 'typebox';
import { schemaFaults } from '../config/index.js';
import { EndcapError, type FieldError, withoutMark } from '../core/index.js';

const Share = Type.Number({ minimum: 0, maximum: 1 });
const Name = Type.String({ pattern: '^[a-z0-9][a-z0-9-]{0,63}$' });
const Day = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' });
export const metrics = ['conversion', 'revenue', 'click', 'refund'] as const;
/** Per shopper: bought anything that was not given back; what they paid net; clicked; gave something back. */
export type Metric = (typeof metrics)[number];
const MetricName = Type.Union([
  Type.Literal('conversion'),
  Type.Literal('revenue'),
  Type.Literal('click'),
  Type.Literal('refund'),
]);

const Weight = Type.Optional(Type.Number({ minimum: 0, maximum: 100 }));
const Weights = Type.Object(
  { model: Weight, session: Weight, today: Weight, hours: Weight, popular: Weight },
  { additionalProperties: false },
);

const Variant = Type.Object(
  {
    name: Name,
    share: Share,
    /** Registry version of the model that serves it. */
    model: Type.Optional(Type.String()),
    /** Weights of the fusion by source. */
    weights: Type.Optional(Weights),
    /** Path of a policy file. */
    policy: Type.Optional(Type.String()),
    /** Share of the slots on which items from behind the list are tried out. */
    explore: Type.Optional(Type.Number({ minimum: 0, maximum: 0.3 })),
  },
  { additionalProperties: false },
);

const Experiment = Type.Object(
  {
    name: Name,
    from: Day,
    /** The day after the last. */
    to: Day,
    /** Share of the shoppers outside the holdout that take part. */
    traffic: Share,
    /** The first one is the control. */
    variants: Type.Array(Variant, { minItems: 2, maxItems: 10 }),
    metric: MetricName,
    /** Hours after a recommendation in which what follows counts for it. */
    windowHours: Type.Number({ minimum: 1, maximum: 24 * 30 }),
    /** A variant that is worse in one of these beyond chance is stopped. */
    guards: Type.Optional(Type.Array(MetricName)),
    /** Variant by shopper, for those who try it out; they are not counted. */
    overrides: Type.Optional(Type.Record(Type.String(), Type.String())),
  },
  { additionalProperties: false },
);

export const experimentsSchema = Type.Object(
  {
    /** Share of all shoppers that never takes part. */
    holdout: Type.Optional(Share),
    experiments: Type.Array(Experiment, { maxItems: 100 }),
  },
  { additionalProperties: false },
);

export type ExperimentsConfig = Static<typeof experimentsSchema>;
export type ExperimentConfig = Static<typeof Experiment>;
export type VariantConfig = Static<typeof Variant>;

/** Reads `experiments.json`; throws `invalid_experiments` with every field that is wrong and what to do. */
export function parseExperiments(text: string): ExperimentsConfig {
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(text));
  } catch (cause) {
    const message = `It is no JSON: ${cause instanceof Error ? cause.message : cause}`;
    throw invalid([{ field: 'experiments.json', message, remedy: 'Write { "experiments": [ … ] }' }]);
  }
  const remedy = 'See docs/experiments.md for the fields';
  const faults = schemaFaults(experimentsSchema, value, 'experiments.json', remedy);
  if (faults.length > 0) throw invalid(faults);
  const config = value as ExperimentsConfig;
  const conflicts = [...config.experiments.flatMap(faultsOf), ...doubles(config)];
  if (conflicts.length > 0) throw invalid(conflicts);
  return config;
}

/** Whether it runs at `now`, ms; days are UTC. */
export function runs({ from, to }: ExperimentConfig, now: number): boolean {
  return now >= Date.parse(from) && now < Date.parse(to);
}

function faultsOf(experiment: ExperimentConfig, at: number): FieldError[] {
  const { variants, from, to, overrides = {} } = experiment;
  const field = (name: string): string => `experiments.${at}.${name}`;
  const faults: FieldError[] = [];
  const total = variants.reduce((sum, { share }) => sum + share, 0);
  if (Math.abs(total - 1) > 1e-6)
    faults.push({
      field: field('variants'),
      message: `have shares that sum to ${total}`,
      remedy: 'Make the shares sum to 1',
    });
  if (variants.some(({ share }) => share === 0))
    faults.push({ field: field('variants'), message: 'have a share of 0', remedy: 'Leave that variant out' });
  const names = variants.map(({ name }) => name);
  if (new Set(names).size < names.length)
    faults.push({ field: field('variants'), message: 'have a name twice', remedy: 'Name each once' });
  for (const [key, day] of [
    ['from', from],
    ['to', to],
  ] as const)
    if (Number.isNaN(Date.parse(day)))
      faults.push({ field: field(key), message: `is "${day}", no day`, remedy: 'Write YYYY-MM-DD' });
  if (!(Date.parse(from) < Date.parse(to)))
    faults.push({ field: field('to'), message: 'is not after from', remedy: 'Let it end after it begins' });
  for (const [user, variant] of Object.entries(overrides))
    if (!names.includes(variant))
      faults.push({
        field: field(`overrides.${user}`),
        message: `names the variant "${variant}", which is none`,
        remedy: `Choose among ${names.join(', ')}`,
      });
  return faults;
}

/** Two experiments at a time may not have one name, nor change the same thing: neither could be measured. */
function doubles({ experiments }: ExperimentsConfig): FieldError[] {
  const faults: FieldError[] = [];
  const changes = ({ variants }: ExperimentConfig): string[] =>
    (['model', 'weights', 'policy', 'explore'] as const).filter((key) =>
      variants.some((variant) => variant[key] !== undefined),
    );
  experiments.forEach((one, at) => {
    for (const other of experiments.slice(0, at)) {
      const field = `experiments.${at}`;
      if (other.name === one.name)
        faults.push({
          field: `${field}.name`,
          message: `"${one.name}" is there twice`,
          remedy: 'Rename one',
        });
      const overlap =
        Date.parse(one.from) < Date.parse(other.to) && Date.parse(other.from) < Date.parse(one.to);
      const both = changes(one).filter((key) => changes(other).includes(key));
      if (overlap && both.length > 0)
        faults.push({
          field,
          message: `changes ${both.join(' and ')} while "${other.name}" does, too`,
          remedy: 'Let one end before the other begins, or make them variants of one experiment',
        });
    }
  });
  return faults;
}

function invalid(errors: FieldError[]): EndcapError {
  const [first] = errors;
  return new EndcapError('invalid_experiments', `${first!.field} ${first!.message}`, {
    errors,
    ...(first!.remedy === undefined ? {} : { remedy: first!.remedy }),
  });
}
