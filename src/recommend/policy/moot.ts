import { type Catalogue, missingAttributes } from '../../catalogue/index.js';
import type { FieldError } from '../../core/index.js';
import type { Policy } from './config.js';

/** Where a policy names what the catalogue does not have: no fault, but that rule moves nothing, or not what was meant. */
export function mootRules(
  { bury, boost, margin, pin = [] }: Policy,
  catalogue: Pick<Catalogue, 'hasAttribute' | 'get'>,
): FieldError[] {
  const named = [
    ...Object.entries({ bury, boost }).flatMap(([key, rules]) =>
      rules.map(({ attributes }, at) => ({ field: `${key}.${at}.filter`, attributes })),
    ),
    ...(margin ? [{ field: 'margin.attribute', attributes: [margin.attribute] }] : []),
  ];
  return [
    ...named.flatMap(({ field, attributes }) => missingAttributes(catalogue, attributes, field)),
    ...pin.flatMap(({ item }, at) =>
      catalogue.get(item)
        ? []
        : [
            {
              field: `pin.${at}.item`,
              message: `There is no item "${item}"`,
              remedy: 'Write its id as the catalogue has it',
            },
          ],
    ),
  ];
}
