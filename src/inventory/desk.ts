import { EndcapError, type Item, type Progress, silent, slicer } from '../core/index.js';
import { DemandPacker } from './demand/packed.js';
import type { DemandTable, SoldDay } from './demand/table.js';
import type { DemandForecast } from './forecast/forecast.js';
import { outlookInThread } from './forecast/inThread.js';
import { type OutlookKeeper, outlookOf, stillTells } from './keptOutlook.js';
import { keyOf, type MadeOutlook, type OutlookRequest, wantedFill } from './outlook.js';
import { adviseStock, checkSettings, type StockAdvice, type StockSettings } from './stock/advice.js';
import { type ItemFault, stockOf } from './stock/itemStock.js';
import { shelfWeights } from './stock/shelfWeight.js';
import { type ChosenMultiplier, chooseMultiplier } from './stock/stockRule.js';

/** How long sales and items are read at a time, ms: requests come between. */
const readSliceMs = 2;

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
  /** Titles by id, of the items sold that have one. */
  titles: ReadonlyMap<string, string>;
  /** When it was made, ms. */
  madeAt: number;
}

/** What to order: advice, the items that cannot be advised on, and by which rule. */
export interface Advised {
  items: StockAdvice[];
  faults: ItemFault[];
  /** The multiplier that reached the wanted fill rate in the past; undefined where each item's quantiles decide. */
  rule?: ChosenMultiplier & { fill: number };
}

/** Where the forecast stands; `progress` from 0 to 1 and a note while it runs, what went wrong where it failed. */
export interface ForecastState {
  state: 'none' | 'running' | 'ready' | 'failed';
  progress?: number;
  note?: string;
  error?: string;
}

/** Multipliers kept by what was asked for. */
const multipliersKept = 32;

/** Forecasts from the log, kept until the next; CLI, server and page ask here, so that they say the same. */
export class InventoryDesk {
  #outlook: Outlook | undefined;
  #underWay: Promise<Outlook> | undefined;
  #state: ForecastState = { state: 'none' };
  readonly #multipliers = new Map<string, ChosenMultiplier>();
  #weights: ReadonlyMap<string, number> = new Map();
  readonly #ending = new AbortController();

  constructor(
    private readonly sources: InventorySources,
    private readonly settings: StockSettings = {},
    private readonly keeper?: OutlookKeeper,
  ) {
    checkSettings(settings);
  }

  /** The last forecast, undefined before the first. */
  get outlook(): Outlook | undefined {
    return this.#outlook;
  }

  /** Where the forecast stands; while a later one runs, the one before is given. */
  get state(): ForecastState {
    return this.#state;
  }

  /**
   * Forecasts anew, in a thread; where it is under way, that one. `withRule`: also learns the rule that orders. Throws
   * `no_events` where nothing was ever sold.
   */
  refresh(progress: Progress = silent, weeks = 8, withRule = true): Promise<Outlook> {
    this.#underWay ??= this.#run(progress, weeks, withRule).finally(() => {
      this.#underWay = undefined;
    });
    return this.#underWay;
  }

  /**
   * Takes back the last forecast that was kept, where it still tells of this shop; resolves to when it was made, ms.
   * Throws where what was kept is damaged.
   */
  async restore(): Promise<number | undefined> {
    const packed = await this.keeper?.read();
    const kept = packed && (await outlookOf(packed));
    if (!kept) return undefined;
    const { madeAt, horizon, made } = kept;
    const now = this.sources.now();
    const { request, titles } = await this.#read(now, horizon);
    if (!stillTells(kept, request.sold, this.settings, now)) return undefined;
    this.#take(made, titles, madeAt);
    return madeAt;
  }

  async #run(progress: Progress, weeks: number, withRule: boolean): Promise<Outlook> {
    this.#state = { state: 'running', progress: 0, note: 'reading sales' };
    try {
      return await this.#make(
        (step) => {
          const { done, total, note } = step;
          this.#state = { state: 'running', progress: done / total, ...(note ? { note } : {}) };
          progress(step);
        },
        weeks,
        withRule,
      );
    } catch (error) {
      this.#state = { state: 'failed', error: error instanceof Error ? error.message : String(error) };
      throw error;
    }
  }

  /** Only reads here; all that is worked out is worked out in a thread. */
  async #make(progress: Progress, weeks: number, withRule: boolean): Promise<Outlook> {
    const now = this.sources.now();
    const { request, titles } = await this.#read(now, weeks);
    const { signal } = this.#ending;
    const orders = withRule ? { orders: this.settings, keep: this.keeper !== undefined } : {};
    const { made, packed } = await outlookInThread({ ...request, ...orders }, { progress, signal });
    const outlook = this.#take(made, titles, now);
    if (packed) await this.keeper?.write(packed);
    return outlook;
  }

  #take({ table, forecast, multiplier }: MadeOutlook, titles: Outlook['titles'], madeAt: number): Outlook {
    const outlook = { table, forecast, titles, madeAt };
    this.#outlook = outlook;
    this.#state = { state: 'ready' };
    this.#multipliers.clear();
    if (multiplier) this.#multipliers.set(keyOf(wantedFill(this.settings, table.periodDays)), multiplier);
    this.reweigh();
    return outlook;
  }

  async #read(
    now: number,
    horizon: number,
  ): Promise<{ request: OutlookRequest; titles: ReadonlyMap<string, string> }> {
    const slice = slicer(readSliceMs);
    const packer = new DemandPacker();
    for (const { id, days } of this.sources.demand()) {
      packer.add(id, days);
      const pause = slice();
      if (pause) await pause;
    }
    const sold = packer.packed();
    // Of what was sold alone: a catalogue may be many times as large.
    const categories = new Map<string, string | undefined>(sold.ids.map((id) => [id, undefined]));
    const titles = new Map<string, string>();
    for (const { id, category, title } of this.sources.items()) {
      if (categories.has(id)) {
        categories.set(id, category);
        if (title !== undefined) titles.set(id, title);
      }
      const pause = slice();
      if (pause) await pause;
    }
    const groups = sold.ids.map((id) => categories.get(id));
    return { request: { sold, groups, now, horizon }, titles };
  }

  /**
   * What to order, for the items whose stock is tracked, from the last forecast and the stock of now. An item with a
   * faulty field is named and left out.
   */
  advice(settings: StockSettings = {}): Advised {
    if (!this.#outlook) throw pending();
    const wanted = { ...this.settings, ...settings };
    checkSettings(wanted);
    const { items, faults } = stockOf(this.sources.items());
    const { forecast } = this.#outlook;
    const rule = this.#ruleFor(this.#outlook, wanted);
    const needs = forecast.stock?.now;
    const advised = adviseStock(items, forecast, wanted, rule && needs && { needs, ...rule });
    return { items: advised, faults, ...(rule && { rule }) };
  }

  #ruleFor({ table, forecast }: Outlook, settings: StockSettings): Advised['rule'] {
    const wanted = wantedFill(settings, table.periodDays);
    const { fill } = wanted;
    if (!forecast.stock || fill === undefined) return undefined;
    const key = keyOf(wanted);
    let chosen = this.#multipliers.get(key);
    if (!chosen) {
      chosen = chooseMultiplier(table, forecast.stock, { ...wanted, fill });
      if (this.#multipliers.size >= multipliersKept) this.#multipliers.clear();
      this.#multipliers.set(key, chosen);
    }
    return { fill, ...chosen };
  }

  /** How much a recommendation of an item should weigh for the sake of its stock, by id; 1 where nothing is said. */
  get weights(): ReadonlyMap<string, number> {
    return this.#weights;
  }

  /** Weighs anew by the stock of now; the forecast stays. */
  reweigh(): void {
    if (this.#outlook) this.#weights = shelfWeights(this.advice().items);
  }

  /** Ends what is under way; it rejects, and nothing is begun again. Resolves when nothing is written any more. */
  async close(): Promise<void> {
    this.#ending.abort(new Error('The forecast was ended'));
    await this.#underWay?.catch(() => {});
  }

  get closed(): boolean {
    return this.#ending.signal.aborted;
  }
}

export function pending(): EndcapError {
  return new EndcapError('forecast_pending', 'The first forecast is not made yet', {
    remedy: 'Ask again in a minute; /v1/inventory says how far it is',
  });
}
