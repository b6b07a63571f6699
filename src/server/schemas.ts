import Type, { type Static } from 'typebox';
import { idLength, idPattern, purposes, scenarios } from '../core/index.js';

/** `format: text` (whole characters, no halves of them) is checked here and says nothing to a generator of clients. */
const text = (maxLength: number) => Type.String({ maxLength, format: 'text' });
const id = (description: string) =>
  Type.String({ minLength: 1, maxLength: idLength, pattern: idPattern, format: 'text', description });
const scalar = Type.Unsafe<string | number | boolean | null>({
  type: ['string', 'number', 'boolean', 'null'],
  maxLength: 1_000,
});
const scalars = Type.Record(Type.String(), scalar, { maxProperties: 64 });
/** What is not named is refused: a misspelt field would otherwise be ignored without a word. */
export const strict = { additionalProperties: false } as const;
const currency = Type.String({ pattern: '^[A-Z]{3}$', description: 'ISO 4217, e.g. GBP' });
const amount = Type.Number({ minimum: 0, maximum: 1e12 });

export const ItemId = id('Item');

export const EventBody = Type.Object(
  {
    id: Type.Optional(id('Makes sending it again harmless; made by the server when absent')),
    type: Type.String({
      maxLength: 64,
      pattern: '^[a-z][a-z0-9_]*$',
      description: 'view, click, add_to_cart, remove_from_cart, purchase, rate, … or a type of your own',
    }),
    user: id('Shopper, known or anonymous'),
    session: Type.Optional(id('Visit')),
    items: Type.Optional(
      Type.Array(
        Type.Object(
          {
            id: ItemId,
            quantity: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e9 })),
            price: Type.Optional(amount),
          },
          strict,
        ),
        { maxItems: 2_000 },
      ),
    ),
    query: Type.Optional(text(500)),
    value: Type.Optional(Type.Number({ minimum: -1e12, maximum: 1e12 })),
    currency: Type.Optional(currency),
    time: Type.Optional(
      Type.Unsafe<number | string>({
        type: ['number', 'string'],
        description: 'Milliseconds since 1970 or ISO 8601; now when absent',
      }),
    ),
    context: Type.Optional(scalars),
    attribution: Type.Optional(id('recommendationId that led here')),
    consent: Type.Optional(
      Type.Array(Type.Unsafe<(typeof purposes)[number]>({ type: 'string', enum: [...purposes] }), {
        maxItems: purposes.length,
        description:
          'What the shopper agreed to: personalise (what they are shown), statistics (what is counted over all), marketing (messages to them). Absent: the shop answers for all',
      }),
    ),
    robot: Type.Optional(Type.Boolean({ description: 'Kept, and counted nowhere' })),
  },
  strict,
);
export type EventBody = Static<typeof EventBody>;

const itemFields = {
  title: text(1_000),
  description: text(20_000),
  category: text(300),
  categories: Type.Array(text(300), { maxItems: 100 }),
  brand: text(300),
  price: amount,
  salePrice: amount,
  currency,
  image: text(2_000),
  stock: Type.Number({ minimum: 0, maximum: 1e12, description: 'Absent: not tracked; 0: out of stock' }),
  withdrawn: Type.Boolean(),
  from: Type.Number({ description: 'Shown from then on, milliseconds since 1970' }),
  until: Type.Number({ description: 'Shown until then, milliseconds since 1970' }),
  tags: Type.Array(text(100), { maxItems: 100 }),
  attributes: Type.Record(
    Type.String(),
    Type.Unsafe<string | number | boolean | null | string[]>({
      type: ['string', 'number', 'boolean', 'null', 'array'],
      maxLength: 1_000,
      items: text(1_000),
      maxItems: 100,
    }),
    { maxProperties: 64 },
  ),
};
const optionalFields = Type.Partial(Type.Object(itemFields)).properties;
export const ItemBody = Type.Object({ id: ItemId, ...optionalFields }, { ...strict, $id: 'Item' });

/** An item whose id the path says. */
export const ItemAtPathBody = Type.Object({ id: Type.Optional(ItemId), ...optionalFields }, strict);

/** Like an item; null removes a field. */
export const ItemPatchBody = Type.Object(
  Object.fromEntries(
    Object.entries(itemFields).map(([name, field]) => [
      name,
      Type.Optional(Type.Unsafe<unknown>({ anyOf: [field, { type: 'null' }] })),
    ]),
  ),
  { ...strict, minProperties: 1 },
);

export const RecommendBody = Type.Object(
  {
    user: id('Shopper'),
    scenario: Type.Unsafe<(typeof scenarios)[number]>({
      type: 'string',
      enum: [...scenarios],
      description:
        'similar: instead of the item; complement: bought with it; basket: completes the cart; home; trending; new: what came last',
    }),
    item: Type.Optional(ItemId),
    items: Type.Optional(Type.Array(ItemId, { maxItems: 200 })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 10 })),
    offset: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 1_000,
        description: 'Items before the page wanted; 0 begins anew',
      }),
    ),
    filter: Type.Optional(
      Type.String({ maxLength: 2_000, description: 'e.g. price < 20 and category = "phones"' }),
    ),
    exclude: Type.Optional(Type.Array(ItemId, { maxItems: 1_000 })),
    explain: Type.Optional(Type.Boolean()),
  },
  strict,
);

const FieldFault = Type.Object({
  field: Type.String(),
  message: Type.String(),
  row: Type.Optional(Type.Integer()),
  remedy: Type.Optional(Type.String()),
});

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    remedy: Type.Optional(Type.String()),
    errors: Type.Array(FieldFault),
  },
  { $id: 'Problem', description: 'RFC 9457' },
);

export const EventResults = Type.Object({
  events: Type.Array(
    Type.Object({
      id: Type.String(),
      status: Type.Unsafe<'accepted' | 'duplicate' | 'rejected' | 'not_kept'>({
        type: 'string',
        enum: ['accepted', 'duplicate', 'rejected', 'not_kept'],
        description: 'not_kept: its consent allows nothing',
      }),
      offset: Type.Optional(Type.Integer({ description: 'Place in the log' })),
      error: Type.Optional(FieldFault),
    }),
  ),
});
export type EventResult = Static<typeof EventResults>['events'][number];

const Reason = Type.Object({
  kind: Type.String(),
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      title: Type.Optional(Type.String()),
      event: Type.Optional(Type.String()),
      time: Type.Optional(Type.Number()),
      share: Type.Number(),
    }),
  ),
  text: Type.String(),
  rules: Type.Optional(Type.Array(Type.String())),
});

/** What is no fault, as an error of a field is described. */
export const warnings = Type.Optional(
  Type.Array(
    Type.Object({ field: Type.String(), message: Type.String(), remedy: Type.Optional(Type.String()) }),
    { description: 'What may not be meant, such as a filter by an attribute that no item has' },
  ),
);

export const RecommendAnswer = Type.Object({
  recommendationId: Type.String(),
  scenario: Type.String(),
  user: Type.String(),
  items: Type.Array(
    Type.Object({
      id: Type.String(),
      score: Type.Number(),
      reason: Type.Optional(Reason),
      sponsored: Type.Optional(Type.String({ description: 'The offer that pays for this place' })),
      item: Type.Optional(Type.Ref('Item')),
    }),
  ),
  model: Type.String(),
  offset: Type.Integer(),
  warnings,
});

export const ProfileAnswer = Type.Object({
  user: Type.String(),
  events: Type.Array(
    Type.Object({
      item: Type.String(),
      type: Type.String(),
      time: Type.Number(),
      weight: Type.Number(),
      value: Type.Optional(Type.Number()),
      quantity: Type.Optional(Type.Number()),
      price: Type.Optional(Type.Number()),
    }),
  ),
  total: Type.Integer(),
  counters: Type.Record(Type.String(), Type.Number()),
  cart: Type.Record(Type.String(), Type.Number()),
  bought: Type.Array(
    Type.Object({
      item: Type.String(),
      units: Type.Number({ description: 'Refunds taken off' }),
      first: Type.Number({ description: 'When it was bought first and last, ms since 1970' }),
      last: Type.Number(),
      times: Type.Integer({ description: 'On how many days' }),
    }),
  ),
  hidden: Type.Array(Type.String(), { description: 'Items they asked not to be shown' }),
  touchedBefore: Type.Optional(
    Type.Array(Type.String(), { description: 'Items of older events, no longer kept one by one' }),
  ),
  firstSeen: Type.Optional(Type.Number()),
  lastSeen: Type.Optional(Type.Number()),
});

export const ExportAnswer = Type.Object({
  user: Type.String(),
  profile: Type.Omit(ProfileAnswer, ['cart']),
  cart: Type.Record(Type.String(), Type.Number()),
  events: Type.Array(
    Type.Object({
      offset: Type.Integer(),
      event: Type.Object({}, { additionalProperties: true, description: 'As it is kept' }),
    }),
  ),
});

export const ErasureAnswer = Type.Object({
  receipt: Type.String(),
  time: Type.String(),
  events: Type.Integer({ description: 'Events that are empty places in the log now' }),
  mentions: Type.Integer({ description: 'Events of others that named the shopper' }),
  profile: Type.Boolean({ description: 'Whether anything was known of the shopper' }),
  quarantineLines: Type.Integer({ description: 'Refused events of the shopper that were kept aside' }),
  scrubbed: Type.Boolean({ description: 'Whether no byte is left; if not, ask again when no training runs' }),
  statistics: Type.String(),
  stillNamedIn: Type.Array(Type.String(), { description: 'Files of the folder for a person to look at' }),
});
