import { EndcapError, type Progress } from '../core/index.js';
import { lastDayIn } from './demand/lastDay.js';
import { type PackedDemand, packedDays, unpackedDemand } from './demand/packed.js';
import { type DemandTable, demandTable } from './demand/table.js';
import { type DemandForecast, forecastDemand } from './forecast/forecast.js';
import { type StockSettings, stockDefaults } from './stock/advice.js';
import { type ChosenMultiplier, chooseMultiplier } from './stock/stockRule.js';

/** What a forecast is made from. */
export interface OutlookRequest {
  sold: PackedDemand;
  /** Names of the groups (categories) of the items of `sold`, in its order. */
  groups: readonly (string | undefined)[];
  /** Ms since 1970. */
  now: number;
  /** Periods ahead. */
  horizon: number;
  /** How the shop orders: given, the rule that orders is learned as well. */
  orders?: StockSettings;
  /** Whether it is also wanted as bytes, to be kept. */
  keep?: boolean;
}

/** History, forecast, and how the shop orders by it. */
export interface MadeOutlook {
  table: DemandTable;
  forecast: DemandForecast;
  /** For the settings that were given, where a fill rate is wanted and there is a past to choose on. */
  multiplier?: ChosenMultiplier;
}

/** The mean that stock has to last for is learned over half a year at most; beyond, in proportion. */
const mostStockPeriods = 26;

/**
 * All that is worked out for a forecast, from what was sold to the rule that orders: for a thread of its own. Throws
 * `no_events` where there is not a week of sales.
 */
export async function makeOutlook(
  { sold, groups, now, horizon, orders }: OutlookRequest,
  progress: Progress,
): Promise<MadeOutlook> {
  const table = demandTable(unpackedDemand(sold), { lastDay: lastDayIn(packedDays(sold), now) });
  if (table.ids.length === 0 || table.periods === 0) {
    throw new EndcapError('no_events', 'There is not a week of sales to forecast from', {
      remedy: 'Import purchases, or wait until the shop has sold for a week',
    });
  }
  const groupOf = new Map(sold.ids.map((id, at) => [id, groups[at]]));
  const wanted = orders && wantedFill(orders, table.periodDays);
  const forecast = await forecastDemand(table, {
    horizon,
    groups: table.ids.map((id) => groupOf.get(id)),
    progress,
    ...(wanted && { stockPeriods: stockPeriods(wanted) }),
  });
  const { stock } = forecast;
  if (!stock || wanted?.fill === undefined) return { table, forecast };
  return { table, forecast, multiplier: chooseMultiplier(table, stock, { ...wanted, fill: wanted.fill }) };
}

/** What is wanted of the rule that orders; `fill` undefined where each item's quantiles decide. */
export interface WantedFill {
  fill: number | undefined;
  leadPeriods: number;
  reviewPeriods: number;
}

export function wantedFill(settings: StockSettings, periodDays: number): WantedFill {
  const { leadTimeDays, reviewDays, service } = { ...stockDefaults, ...settings };
  return {
    fill: 'fill' in service ? service.fill : undefined,
    leadPeriods: leadTimeDays / periodDays,
    reviewPeriods: reviewDays / periodDays,
  };
}

/** Of all that chooses a multiplier. */
export const keyOf = ({ fill, leadPeriods, reviewPeriods }: WantedFill): string =>
  [fill, Math.round(leadPeriods), Math.round(reviewPeriods)].join(' ');

function stockPeriods({ leadPeriods, reviewPeriods }: WantedFill): number {
  return Math.min(mostStockPeriods, Math.max(1, Math.round(leadPeriods + reviewPeriods)));
}
