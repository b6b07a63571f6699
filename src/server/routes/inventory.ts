import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import { EndcapError, unknownItem } from '../../core/index.js';
import {
  adviceRows,
  csv,
  dateOf,
  type InventoryDesk,
  levels,
  type Outlook,
  pending,
  type StockAdvice,
  seriesOf,
  stockSettings,
} from '../../inventory/index.js';
import * as schemas from '../schemas.js';
import { type FromSchema, problems, route } from './route.js';

const units = Type.Number({ minimum: 0 });
const Day = Type.String({ format: 'date' });
const optional = Type.Optional;

const Status = Type.Object({
  forecast: Type.Object(
    {
      state: Type.Unsafe<'none' | 'running' | 'ready' | 'failed'>({
        type: 'string',
        enum: ['none', 'running', 'ready', 'failed'],
      }),
      progress: optional(Type.Number({ description: 'From 0 to 1, while it runs' })),
      note: optional(Type.String()),
      error: optional(Type.String()),
    },
    { description: 'Where the forecast stands; while another runs, the one before is given' },
  ),
  made: optional(Type.String({ format: 'date-time' })),
  items: Type.Integer(),
  firstDay: optional(Day),
  horizon: Type.Integer({ description: 'Weeks ahead' }),
  total: Type.Array(units, { description: 'Expected units of the shop, by week' }),
  groups: Type.Array(Type.Object({ name: Type.String(), mean: Type.Array(units) })),
  methods: Type.Array(
    Type.Object({ class: Type.String(), method: Type.String(), items: Type.Integer(), loss: Type.Number() }),
    { description: 'What was tried on the last weeks; loss is 2 × pinball over demand' },
  ),
});
const Week = Type.Object({
  firstDay: Day,
  mean: units,
  quantiles: Type.Array(units, { description: `Of ${levels.join(', ')}` }),
  totals: Type.Array(units, { description: 'The same of all weeks up to and with this one together' }),
});
const ItemForecast = Type.Object({
  item: Type.String(),
  class: Type.String(),
  method: Type.String(),
  levels: Type.Array(Type.Number()),
  history: Type.Array(units, { description: 'Units of the weeks before, oldest first' }),
  weeks: Type.Array(Week),
});
const Advice = Type.Object({
  item: Type.String(),
  title: optional(Type.String()),
  alert: optional(Type.String({ description: 'out_of_stock, stock_out, overstock or dead_stock' })),
  stock: units,
  onOrder: units,
  weekly: units,
  coverWeeks: Type.Union([Type.Number(), Type.Null()], { description: 'null: nothing sells' }),
  stockOut: optional(Day),
  stockOutChance: Type.Number(),
  reorderPoint: Type.Number(),
  orderUpTo: Type.Number(),
  order: units,
  value: optional(Type.Number()),
});
const Fault = Type.Object({
  item: Type.String(),
  field: Type.String(),
  message: Type.String(),
  remedy: Type.String(),
});
const AdviceList = Type.Object({
  total: Type.Integer(),
  items: Type.Array(Advice),
  faulty: Type.Integer({ description: 'Items that a faulty field keeps from being advised on' }),
  faults: Type.Array(Fault, { description: 'The first of them, as many as `count`' }),
  rule: optional(
    Type.Object(
      { fill: Type.Number(), multiplier: Type.Number(), pastFill: Type.Number() },
      {
        description:
          "Multiplier of the spread that all items are ordered by, and the share of demand it would have met in the last 12 weeks; absent where each item's quantiles decide",
      },
    ),
  ),
});
const number = (description: string) =>
  Type.String({ pattern: '^([0-9]{1,6}|[0-9]{0,6}\\.[0-9]{1,6})$', description });
const AdviceQuery = Type.Object(
  {
    count: optional(Type.String({ pattern: '^[0-9]{1,5}$', description: 'Items at most, default 100' })),
    alert: optional(
      Type.Unsafe<string>({ type: 'string', enum: ['out_of_stock', 'stock_out', 'overstock', 'dead_stock'] }),
    ),
    format: optional(Type.Unsafe<'json' | 'csv'>({ type: 'string', enum: ['json', 'csv'] })),
    leadTimeDays: optional(number('Days from order to shelf, default 14')),
    reviewDays: optional(number('Days between two looks, default 7')),
    service: optional(number('Share of cycles without a stock-out, instead of fill')),
    fill: optional(number('Share of demand met from the shelf, default .95')),
    orderCost: optional(number('What an order costs: orders become as large as pays')),
  },
  schemas.strict,
);
const ByItem = Type.Object({ item: schemas.ItemId });

/** `/v1/inventory`: what will sell and what to order. */
export function inventoryRoutes(app: FastifyInstance, desk: InventoryDesk): void {
  const api = app.withTypeProvider<FromSchema>();
  api.get(
    '/v1/inventory',
    route('admin', {
      summary: 'When demand was forecast, by which methods',
      response: { 200: Status, ...problems },
    }),
    async () => ({ forecast: desk.state, ...statusOf(desk.outlook) }),
  );
  api.post(
    '/v1/inventory/forecast',
    route('admin', {
      summary: 'Forecast anew in the background',
      response: { 202: Type.Object({ status: Type.String() }), ...problems },
    }),
    async (_request, reply) => {
      desk.refresh().catch((error) => app.log.error(error));
      return reply.code(202).send({ status: 'under way' });
    },
  );
  api.get(
    '/v1/inventory/forecast/:item',
    route('admin', {
      summary: 'What will sell of an item',
      params: ByItem,
      response: { 200: ItemForecast, ...problems },
    }),
    async ({ params }) => itemForecast(desk.outlook, params.item),
  );
  api.get(
    '/v1/inventory/reorder',
    route('admin', {
      summary: 'What to order now, the most urgent first; JSON or CSV',
      querystring: AdviceQuery,
      response: { 200: AdviceList, ...problems },
    }),
    async ({ query }, reply) => {
      const { items: all, faults, rule } = desk.advice(settingsOf(query));
      const chosen = query.alert === undefined ? all : all.filter(({ alert }) => alert === query.alert);
      const count = Number(query.count ?? 100);
      const items = chosen.slice(0, count);
      const told = faults.slice(0, count);
      if (query.format !== 'csv')
        return {
          total: chosen.length,
          items: items.map(adviceOf),
          faulty: faults.length,
          faults: told,
          ...(rule && { rule }),
        };
      return reply
        .type('text/csv; charset=utf-8')
        .serializer((text: unknown) => String(text))
        .send(csv(adviceRows(items, told)) as never);
    },
  );
}

function settingsOf(query: Type.Static<typeof AdviceQuery>) {
  const given: Parameters<typeof stockSettings>[0] = {};
  for (const name of ['leadTimeDays', 'reviewDays', 'orderCost'] as const)
    if (query[name] !== undefined) given[name] = Number(query[name]);
  for (const name of ['service', 'fill'] as const)
    if (query[name] !== undefined) given[name] = share(name, query[name]);
  return stockSettings(given);
}

function share(name: string, text: string): number {
  const value = Number(text);
  if (value > 0 && value < 1) return value;
  const message = `is ${text}: it must lie between 0 and 1`;
  const remedy = 'Give a share such as 0.95';
  throw new EndcapError('invalid_request', `${name} ${message}`, {
    remedy,
    errors: [{ field: `query.${name}`, message, remedy }],
  });
}

function statusOf(outlook: Outlook | undefined) {
  if (!outlook) return { items: 0, horizon: 0, total: [], groups: [], methods: [] };
  const { forecast, madeAt } = outlook;
  return {
    made: new Date(madeAt).toISOString(),
    items: forecast.ids.length,
    firstDay: dateOf(forecast.firstDay),
    horizon: forecast.horizon,
    total: [...forecast.total.mean],
    groups: forecast.groups.map(({ name, mean }) => ({ name, mean: [...mean] })),
    methods: forecast.candidates,
  };
}

function itemForecast(outlook: Outlook | undefined, id: string) {
  if (!outlook) throw pending();
  const { forecast, table } = outlook;
  const row = forecast.ids.indexOf(id);
  if (row < 0) throw unknownItem(id, 'path.item');
  const { horizon, periodDays } = forecast;
  const at = (ahead: number): number => (row * horizon + ahead) * levels.length;
  return {
    item: id,
    class: forecast.class[row]!,
    method: forecast.method[row]!,
    levels: [...levels],
    history: [...seriesOf(table, row)],
    weeks: Array.from({ length: horizon }, (_, ahead) => ({
      firstDay: dateOf(forecast.firstDay + ahead * periodDays),
      mean: forecast.mean[row * horizon + ahead]!,
      quantiles: [...forecast.quantiles.subarray(at(ahead), at(ahead + 1))],
      totals: [...forecast.totals.subarray(at(ahead), at(ahead + 1))],
    })),
  };
}

function adviceOf({ id, stockOutDay, coverWeeks, method: _, ...advice }: StockAdvice) {
  return {
    item: id,
    ...advice,
    coverWeeks: Number.isFinite(coverWeeks) ? coverWeeks : null,
    ...(stockOutDay === undefined ? {} : { stockOut: dateOf(stockOutDay) }),
  };
}
