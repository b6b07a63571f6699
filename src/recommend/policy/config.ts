import Type, { type Static } from 'typebox';
import { attributesIn, compileFilter, type ItemFilter } from '../../catalogue/index.js';
import { schemaFaults } from '../../config/index.js';
import { EndcapError, type FieldError, scenarios, withoutMark } from '../../core/index.js';

const strict = { additionalProperties: false } as const;
const Filter = Type.String({ minLength: 1, maxLength: 2_000 });
const RuleName = Type.String({ minLength: 1, maxLength: 60 });

export const policySchema = Type.Object(
  {
    /** Items at given places of a list, where they may be shown; slot 1 is the first. */
    pin: Type.Optional(
      Type.Array(
        Type.Object(
          {
            item: Type.String(),
            slot: Type.Integer({ minimum: 1, maximum: 100 }),
            scenario: Type.Optional(Type.String()),
          },
          strict,
        ),
        { maxItems: 100 },
      ),
    ),
    /** What comes last. */
    bury: Type.Optional(
      Type.Array(Type.Object({ name: RuleName, filter: Filter }, strict), { maxItems: 100 }),
    ),
    /** Scores of what the filter lets through are multiplied. */
    boost: Type.Optional(
      Type.Array(
        Type.Object(
          { name: RuleName, filter: Filter, factor: Type.Number({ minimum: 0.1, maximum: 10 }) },
          strict,
        ),
        { maxItems: 100 },
      ),
    ),
    /** Items of one brand in a list. */
    perBrand: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    /** Earning counts, too: score × (1 + weight × margin), margin from an attribute as a share of the price. */
    margin: Type.Optional(
      Type.Object(
        { attribute: Type.String({ minLength: 1 }), weight: Type.Number({ minimum: 0, maximum: 10 }) },
        strict,
      ),
    ),
    /** Items whose tracked stock is below come last; those without stock never appear anyway. */
    lowStock: Type.Optional(Type.Integer({ minimum: 1 })),
    /** 0: by score alone; towards 1: each item as unlike those before it as there are (MMR). */
    diversity: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** An item that a shopper was shown so often in so many hours, and did nothing with, is left out. */
    frequency: Type.Optional(
      Type.Object(
        {
          shown: Type.Integer({ minimum: 1, maximum: 100 }),
          hours: Type.Number({ minimum: 1, maximum: 720 }),
        },
        strict,
      ),
    ),
    /** At least this share of a list are items that have had fewer events. */
    newItems: Type.Optional(
      Type.Object(
        { share: Type.Number({ minimum: 0, maximum: 0.5 }), events: Type.Integer({ minimum: 1 }) },
        strict,
      ),
    ),
  },
  strict,
);

export type PolicyConfig = Static<typeof policySchema>;

/** A rule for what a filter lets through, which is compiled. */
interface Rule {
  name: string;
  filter: ItemFilter;
  /** Attributes of the site that the filter names. */
  attributes: ReadonlySet<string>;
}

/** A policy with its filters compiled. */
export interface Policy extends Omit<PolicyConfig, 'bury' | 'boost'> {
  bury: Rule[];
  boost: (Rule & { factor: number })[];
}

/** Reads `policy.json`; throws `invalid_policy` with every field that is wrong. */
export const parsePolicy = (text: string): Policy => readPolicy(text).policy;

/** The same, and what is written there. */
export function readPolicy(text: string): { written: PolicyConfig; policy: Policy } {
  let value: unknown;
  try {
    value = JSON.parse(withoutMark(text));
  } catch (cause) {
    throw invalid([
      {
        field: 'policy.json',
        message: `is no JSON: ${cause instanceof Error ? cause.message : cause}`,
        remedy: 'Write a JSON object; {} changes nothing',
      },
    ]);
  }
  const remedy = 'See docs/policy.md for the fields and their bounds';
  const faults = schemaFaults(policySchema, value, 'policy.json', remedy);
  if (faults.length > 0) throw invalid(faults);
  const config = value as PolicyConfig;
  const wrong = config.pin?.flatMap(({ scenario }, at): FieldError[] =>
    scenario === undefined || scenarios.includes(scenario as (typeof scenarios)[number])
      ? []
      : [
          {
            field: `pin.${at}.scenario`,
            message: `is "${scenario}"`,
            remedy: `Choose among ${scenarios.join(', ')}`,
          },
        ],
  );
  if (wrong && wrong.length > 0) throw invalid(wrong);
  const compiled = <T extends { filter: string }>(rules: readonly T[] = [], key: string) =>
    rules.map((rule, at) => ({
      ...rule,
      filter: filterOf(rule.filter, `${key}.${at}.filter`),
      attributes: attributesIn(rule.filter),
    }));
  const [bury, boost] = [compiled(config.bury, 'bury'), compiled(config.boost, 'boost')];
  return { written: config, policy: { ...config, bury, boost } };
}

function filterOf(text: string, field: string): ItemFilter {
  try {
    return compileFilter(text);
  } catch (error) {
    if (!(error instanceof EndcapError)) throw error;
    throw invalid([
      { field, message: error.message, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) },
    ]);
  }
}

function invalid(errors: FieldError[]): EndcapError {
  const [first] = errors;
  return new EndcapError('invalid_policy', `${first!.field} ${first!.message}`, {
    errors,
    ...(first!.remedy === undefined ? {} : { remedy: first!.remedy }),
  });
}
