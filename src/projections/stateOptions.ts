import type { Config } from '../config/index.js';
import { eventTable } from '../core/index.js';
import { day } from './decay.js';
import type { StateOptions } from './shopState.js';

/** What the configuration of a shop says of its derived state. */
export function stateOptions({ events, limits = {} }: Config): StateOptions {
  return {
    table: eventTable(events),
    recent: limits.shopperEvents,
    boughtItems: limits.boughtItems,
    ...(limits.boughtDays !== undefined && { boughtMs: day * limits.boughtDays }),
    residentShoppers: limits.residentShoppers,
    maxItems: limits.items,
  };
}
