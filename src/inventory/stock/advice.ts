import type { DemandForecast } from '../forecast/forecast.js';
import { levels, quantileAt, shareBelow } from '../forecast/quantiles.js';
import { refuse } from '../refuse.js';
import { type Distribution, empirical } from './distributions.js';
import { checkItem, type ItemStock } from './itemStock.js';
import { economicOrderQuantity, levelFor, type Service } from './policies.js';
import { fillUpTo, type Needs } from './stockRule.js';

/** How a shop orders. What an item says itself goes before it. */
export interface StockSettings {
  /** Days from order to shelf; default 14. 0 is allowed: what is ordered is there at once. */
  leadTimeDays?: number;
  /** Days between two looks; default 7. */
  reviewDays?: number;
  /**
   * Default: 95 % of demand met from the shelf. A fill rate is reached by `learnStockRule` where there is a past to choose its
   * multiplier on; else, and for cycles without a stock-out or costs, each item's own quantiles are asked.
   */
  service?: Service;
  /** Money an order costs; with it, orders are as large as the EOQ. */
  orderCost?: number;
  /** Share of an item's price that a year in stock costs; default .25. */
  holdingRate?: number;
}

export type StockAlert = 'out_of_stock' | 'stock_out' | 'dead_stock' | 'overstock';

export interface StockAdvice {
  id: string;
  title?: string;
  stock: number;
  onOrder: number;
  /** Expected units a week. */
  weekly: number;
  /** Order when stock and orders are at or below this; up to that. */
  reorderPoint: number;
  orderUpTo: number;
  /** Units to order now; 0: none. */
  order: number;
  /** Money of the order, where the price is known. */
  value?: number;
  /** Weeks that stock lasts by the mean, infinite where nothing sells. */
  coverWeeks: number;
  /** Day (since 1970) on which the stock is gone by the median; undefined beyond the horizon. */
  stockOutDay?: number;
  /** Chance that stock and orders are gone before an order placed now arrives. */
  stockOutChance: number;
  alert?: StockAlert;
  /** How it was forecast; `none`: it never sold, so that nothing is ordered by forecast. */
  method: string;
}

export const stockDefaults = {
  leadTimeDays: 14,
  reviewDays: 7,
  holdingRate: 0.25,
  service: { fill: 0.95 } as Service,
};

/** Settings as `endcap.json`, a request or a command line names them: `fill` goes before `service`. */
export function stockSettings(
  given: Omit<StockSettings, 'service'> & { fill?: number; service?: number },
): StockSettings {
  const { fill, service, ...rest } = given;
  if (fill !== undefined) return { ...rest, service: { fill } };
  return service === undefined ? rest : { ...rest, service: { cycle: service } };
}

/** The base stock rule with its multiplier chosen: see `chooseMultiplier`. */
export interface OrderRule {
  needs: Needs;
  multiplier: number;
}
/** Weeks of cover from which stock is too much, or dead. */
const slow = { over: 26, dead: 78 };
const likely = 0.5;

/**
 * Advice for each item with a stock level, most urgent first: by `rule` where there is one, else by the quantiles of the
 * forecast. Throws `invalid_stock` naming item, field and remedy.
 */
export function adviseStock(
  items: Iterable<ItemStock>,
  forecast: DemandForecast,
  settings: StockSettings = {},
  rule?: OrderRule,
): StockAdvice[] {
  checkSettings(settings);
  const rows = new Map(forecast.ids.map((id, row) => [id, row]));
  const advice: StockAdvice[] = [];
  for (const item of items) advice.push(adviseItem(item, rows.get(item.id), forecast, settings, rule));
  return advice.sort(byUrgency);
}

export function adviseItem(
  item: ItemStock,
  row: number | undefined,
  forecast: DemandForecast,
  settings: StockSettings,
  rule?: OrderRule,
): StockAdvice {
  checkItem(item);
  const { stock, onOrder = 0 } = item;
  const base = { id: item.id, ...(item.title === undefined ? {} : { title: item.title }), stock, onOrder };
  if (row === undefined) {
    const silent = { weekly: 0, reorderPoint: 0, orderUpTo: 0, order: 0, stockOutChance: 0, method: 'none' };
    const alert = stock > 0 ? 'dead_stock' : 'out_of_stock';
    return { ...base, ...silent, coverWeeks: stock > 0 ? Number.POSITIVE_INFINITY : 0, alert };
  }
  const weekly = weeklyMean(forecast, row);
  const leadTimeDays = item.leadTimeDays ?? settings.leadTimeDays ?? stockDefaults.leadTimeDays;
  const reviewDays = settings.reviewDays ?? stockDefaults.reviewDays;
  const periods = (leadTimeDays + reviewDays) / forecast.periodDays;
  const level = rule
    ? fillUpTo(rule.needs, row, periods, rule.multiplier)
    : quantileLevel(forecast, row, leadTimeDays, { ...settings, reviewDays });
  const reorderPoint = Math.ceil(level - 1e-9);
  const orderUpTo = reorderPoint + lotSize(item, weekly, settings);
  const position = stock + onOrder;
  // A base stock is filled up at every review; with lots one waits for the reorder point.
  const due = orderUpTo > reorderPoint ? position <= reorderPoint : position < orderUpTo;
  const order = due ? rounded(orderUpTo - position, item) : 0;
  const coverWeeks = weekly > 0 ? stock / weekly : stock > 0 ? Number.POSITIVE_INFINITY : 0;
  const stockOutChance = 1 - chanceOfLasting(forecast, row, Math.max(leadTimeDays, 1), position);
  const stockOutDay = dayOfStockOut(forecast, row, stock);
  const alert = alertOf({ stock, position, coverWeeks, stockOutChance, weekly });
  return {
    ...base,
    weekly,
    reorderPoint,
    orderUpTo,
    order,
    ...(item.price === undefined ? {} : { value: order * item.price }),
    coverWeeks,
    ...(stockOutDay === undefined ? {} : { stockOutDay }),
    stockOutChance,
    ...(alert ? { alert } : {}),
    method: forecast.method[row]!,
  };
}

function quantileLevel(
  forecast: DemandForecast,
  row: number,
  leadTimeDays: number,
  { reviewDays = stockDefaults.reviewDays, service = stockDefaults.service }: StockSettings,
): number {
  const perCycle = (weeklyMean(forecast, row) * reviewDays) / 7;
  return levelFor(service, demandOver(forecast, row, leadTimeDays + reviewDays), perCycle);
}

function alertOf(of: {
  stock: number;
  position: number;
  coverWeeks: number;
  stockOutChance: number;
  weekly: number;
}): StockAlert | undefined {
  if (of.stock === 0 && of.weekly > 0) return 'out_of_stock';
  if (of.weekly > 0 && of.stockOutChance >= likely) return 'stock_out';
  if (of.stock > 0 && of.coverWeeks >= slow.dead) return 'dead_stock';
  if (of.coverWeeks >= slow.over && of.stock > 1) return 'overstock';
  return undefined;
}

const urgency: Record<StockAlert, number> = { out_of_stock: 3, stock_out: 2, overstock: 0, dead_stock: 0 };

/** What runs out first; then by the money, or else the units, of the order. */
function byUrgency(a: StockAdvice, b: StockAdvice): number {
  const of = (advice: StockAdvice): number => (advice.alert ? urgency[advice.alert] : 1);
  const due = Number(b.order > 0) - Number(a.order > 0);
  return due || of(b) - of(a) || (b.value ?? b.order) - (a.value ?? a.order) || (a.id < b.id ? -1 : 1);
}

function weeklyMean(forecast: DemandForecast, row: number): number {
  const { horizon, mean, periodDays } = forecast;
  let sum = 0;
  for (let ahead = 0; ahead < horizon; ahead++) sum += mean[row * horizon + ahead]!;
  return (sum / horizon / periodDays) * 7;
}

/**
 * Demand of the next days as a distribution, from the quantiles of totals: between two numbers of periods linear, and
 * beyond the horizon in proportion.
 */
export function demandOver(forecast: DemandForecast, row: number, days: number): Distribution {
  const sample: number[] = [];
  for (let at = 0.5; at < 100; at++) sample.push(totalQuantile(forecast, row, days, at / 100));
  return empirical(sample);
}

/** Quantile of the demand of the next `days`. */
export function totalQuantile(forecast: DemandForecast, row: number, days: number, share: number): number {
  const { horizon, periodDays, totals } = forecast;
  const periods = days / periodDays;
  const of = (count: number): number =>
    count === 0 ? 0 : quantileAt(totals, (row * horizon + count - 1) * levels.length, share);
  if (periods >= horizon) return (of(horizon) * periods) / horizon;
  const whole = Math.floor(periods);
  return of(whole) + (periods - whole) * (of(whole + 1) - of(whole));
}

function chanceOfLasting(forecast: DemandForecast, row: number, days: number, units: number): number {
  const { horizon, periodDays, totals } = forecast;
  const periods = Math.min(horizon, Math.max(1, Math.ceil(days / periodDays)));
  // A part of a period needs a part of its units.
  const scaled = (units * periods * periodDays) / Math.max(days, 1);
  return shareBelow(totals, (row * horizon + periods - 1) * levels.length, scaled);
}

function dayOfStockOut(forecast: DemandForecast, row: number, stock: number): number | undefined {
  const days = forecast.horizon * forecast.periodDays;
  for (let day = 0; day <= days; day++) {
    const sold = day === 0 ? 0 : totalQuantile(forecast, row, day, 0.5);
    if (sold >= stock) return forecast.firstDay + day;
  }
  return undefined;
}

function lotSize(item: ItemStock, weekly: number, settings: StockSettings): number {
  const { orderCost, holdingRate = stockDefaults.holdingRate } = settings;
  if (orderCost === undefined || !(orderCost > 0) || !(item.price! > 0) || weekly === 0) return 0;
  const holding = (item.price! * holdingRate) / 52;
  return Math.round(economicOrderQuantity({ orderCost, holding, demand: weekly }).quantity);
}

/** Up to the minimum and to whole packs. */
export function rounded(
  units: number,
  { minimumOrder = 0, packSize = 1 }: Pick<ItemStock, 'minimumOrder' | 'packSize'>,
): number {
  if (!(units > 0)) return 0;
  return Math.ceil(Math.max(units, minimumOrder) / packSize - 1e-9) * packSize;
}

/** Throws `invalid_stock` naming the setting. */
export function checkSettings(settings: StockSettings): void {
  const { leadTimeDays, reviewDays, orderCost, holdingRate } = settings;
  for (const [name, value] of Object.entries({ leadTimeDays, reviewDays, orderCost, holdingRate })) {
    if (value !== undefined) refuse.negative({ [name]: value });
  }
}
