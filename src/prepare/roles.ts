/** The meanings a column may have. */
export const roles = [
  'user',
  'item',
  'time',
  'clock',
  'zone',
  'type',
  'order',
  'status',
  'session',
  'quantity',
  'price',
  'total',
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
 * `order` makes the rows of one purchase one event; `status` says what became of it; `clock` is the time of the day
 * where `time` has the day only; `zone` is the time zone of a row; `total` is the amount of a line, by which a price is
 * known where no column has one; `session` is only noted; `id` is the event's own id; `context`
 * holds a JSON object; `anonymous` is the id that the shopper of an `identify` had before.
 */
export type Role = (typeof roles)[number];
