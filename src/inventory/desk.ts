import { EndcapError, type Item, type Progress, silent } from '../core/index.js';
import { lastDayOf } from './demand/lastDay.js';
import { type DemandTable, demandTable, type SoldDay } from './demand/table.js';
import type { DemandForecast } from './forecast/forecast.js';
import { forecastInThread } from './forecast/inThread.js';
import { adviseStock, type ItemStock, type StockAdvice, type StockSettings } from './stock/advice.js';
import { shelfWeights } from './stock/shelfWeight.js';

/** Where the desk looks: the demand that the log tells, and the catalogue. */
export interface InventorySources {
  demand(): Iterable<{ id: string; days: readonly SoldDay[] }>;
  items(): Iterable<Item>;
  now(): number;
}

/** A forecast and the history it was made from. */
export interface Outlook {
  table: DemandTable;
  forecast: DemandForecast;
  /** Titles by id, of the items that have one. */
  titles: ReadonlyMap<string, string>;
  /** When it was made, ms. */
  madeAt: number;
}

/** Forecasts from the log, kept until the next; CLI, server and page ask here, so that they say the same. */
export class InventoryDesk {
  #outlook: Outlook | undefined;
  #underWay: Promise<Outlook> | undefined;
  #weights: ReadonlyMap<string, number> = new Map();
  readonly #ending = new AbortController();

  constructor(
    private readonly sources: InventorySources,
    private readonly settings: StockSettings = {},
  ) {}

  /** The last forecast, undefined before the first. */
  get outlook(): Outlook | undefined {
    return this.#outlook;
  }

  /** Forecasts anew, in a thread; where it is under way, that one. Throws `no_events` where nothing was ever sold. */
  refresh(progress: Progress = silent, weeks = 8): Promise<Outlook> {
    this.#underWay ??= this.#make(progress, weeks).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  async #make(progress: Progress, weeks: number): Promise<Outlook> {
    const now = this.sources.now();
    const demand = [...this.sources.demand()].filter(({ days }) => days.length > 0);
    const table = demandTable(demand, { lastDay: lastDayOf(demand, now) });
    if (table.ids.length === 0 || table.periods === 0) {
      throw new EndcapError('no_events', 'There is not a week of sales to forecast from', {
        remedy: 'Import purchases, or wait until the shop has sold for a week',
      });
    }
    const categories = new Map<string, string | undefined>();
    const titles = new Map<string, string>();
    for (const { id, category, title } of this.sources.items()) {
      categories.set(id, category);
      if (title !== undefined) titles.set(id, title);
    }
    const groups = table.ids.map((id) => categories.get(id));
    const forecast = await forecastInThread(table, {
      horizon: weeks,
      groups,
      progress,
      signal: this.#ending.signal,
    });
    this.#outlook = { table, forecast, titles, madeAt: now };
    this.reweigh();
    return this.#outlook;
  }

  /** What to order, for the items whose stock is tracked, from the last forecast and the stock of now. */
  advice(settings: StockSettings = {}): StockAdvice[] {
    if (!this.#outlook) throw pending();
    return adviseStock(stockOf(this.sources.items()), this.#outlook.forecast, {
      ...this.settings,
      ...settings,
    });
  }

  /** How much a recommendation of an item should weigh for the sake of its stock, by id; 1 where nothing is said. */
  get weights(): ReadonlyMap<string, number> {
    return this.#weights;
  }

  /** Weighs anew by the stock of now; the forecast stays. A faulty stock is told of where advice is asked for. */
  reweigh(): void {
    if (!this.#outlook) return;
    try {
      this.#weights = shelfWeights(this.advice());
    } catch (error) {
      if (!(error instanceof EndcapError)) throw error;
    }
  }

  /** Ends what is under way; it rejects, and nothing is begun again. */
  close(): void {
    this.#ending.abort(new Error('The forecast was ended'));
  }

  get closed(): boolean {
    return this.#ending.signal.aborted;
  }
}

export function pending(): EndcapError {
  return new EndcapError('forecast_pending', 'The first forecast is not made yet', {
    remedy: 'Ask again in a minute; /v1/inventory says when it was made',
  });
}

/** Items with a stock level. Withdrawn ones are not ordered again. */
export function stockOf(items: Iterable<Item>): ItemStock[] {
  const found: ItemStock[] = [];
  for (const item of items) {
    if (item.stock === undefined || item.withdrawn) continue;
    const stock: ItemStock = { id: item.id, stock: item.stock };
    if (item.title !== undefined) stock.title = item.title;
    if (item.price !== undefined) stock.price = item.price;
    for (const name of ['onOrder', 'leadTimeDays', 'minimumOrder', 'packSize'] as const) {
      const value = item.attributes?.[name];
      if (typeof value === 'number') stock[name] = value;
    }
    found.push(stock);
  }
  return found;
}
