/** The meanings a column may have. */
export const roles = [
  'user',
  'item',
  'time',
  'type',
  'order',
  'session',
  'quantity',
  'price',
  'currency',
  'title',
  'value',
  'query',
  'attribution',
  'context',
  'id',
  'anonymous',
  'category',
  'brand',
] as const;
/**
 * `order` makes the rows of one purchase one event; `session` is only noted; `id` is the event's own id; `context`
 * holds a JSON object; `anonymous` is the id that the shopper of an `identify` had before.
 */
export type Role = (typeof roles)[number];
