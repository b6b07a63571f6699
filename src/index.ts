/** Endcap in a program of your own: one shop, opened from its folder. The HTTP API is in front of the same engine. */

import { type Config, readConfig } from './config/index.js';
import type {
  Item,
  Profile,
  RecommendRequest,
  RecommendResponse,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
} from './core/index.js';
import { stateOptions } from './projections/index.js';
import { type Engine, learnShelf, openEngine } from './recommend/index.js';
import { type OpenSearch, openSearch, searchSettings } from './search/index.js';
import {
  checked,
  type NewEvent,
  type ServeOptions,
  type Serving,
  serve,
  type Taken,
  takeFrom,
} from './server/index.js';
import { openStore } from './storage/index.js';
import { type Decision, Registry, readShop, trainShop } from './train/index.js';

export type { Config } from './config/index.js';
export type {
  Event,
  Item,
  Profile,
  RecommendRequest,
  RecommendResponse,
  SearchRequest,
  SearchResponse,
  SuggestRequest,
  SuggestResponse,
} from './core/index.js';
export { EndcapError, type ErrorCode, type FieldError } from './core/index.js';
export type { NewEvent, ServeOptions, Serving, Taken } from './server/index.js';

export interface TrainOptions {
  /** Names of algorithms separated by commas, `all`, or nothing for the defaults. */
  models?: string;
  /** Length of the validation and of the test window, days; 28 by default, or a fifth of a shorter log. */
  days?: number;
  /** Processor time, s; 120 by default. */
  budgetSeconds?: number;
  /** Equal seeds on equal logs give equal models; 1 by default. */
  seed?: number;
}

/** One open shop. A folder is open in one process at a time. What is handed over is checked as what comes over HTTP. */
export interface Shop {
  /** Adds or replaces items; on disk when resolved. Throws `invalid_request`. */
  putItems(items: readonly Item[]): Promise<void>;
  /**
   * Logs events; when resolved they are on disk and the next answer reflects them. Throws `invalid_event`, naming rows,
   * and logs none of them.
   */
  ingest(events: readonly NewEvent[]): Promise<Taken[]>;
  /** What to show a shopper now. Throws `invalid_request`, `unknown_item`, `invalid_filter`. */
  recommend(request: RecommendRequest): Promise<RecommendResponse>;
  /** What a shopper finds, as `search` of endcap.json says. Throws `invalid_request`, `unknown_facet`, `invalid_price`, `invalid_cursor`. */
  search(request: SearchRequest): Promise<SearchResponse>;
  /** Completes what a shopper types. */
  suggest(request: SuggestRequest): Promise<SuggestResponse>;
  /** What is known of a shopper. */
  profile(user: string): Profile;
  /** Searches the best model on the log and deploys it if it is better than what serves. */
  train(options?: TrainOptions): Promise<Decision | undefined>;
  /** Serves the HTTP API over this shop; closing it closes the shop. */
  serve(options?: ServeOptions): Promise<Serving>;
  /** Writes a checkpoint and lets go of the folder. */
  close(): Promise<void>;
}

/** Opens the shop in a folder, or begins one. Throws `store_locked` where another process has it open. */
export async function openShop(dir: string): Promise<Shop> {
  const config = readConfig(dir);
  const state = stateOptions(config);
  const store = openStore(dir);
  const engine = await openEngine({
    store,
    state,
    unlistedItems: config.limits?.unlistedItems,
    models: new Registry(store.objects),
  });
  return shopOf(engine, dir, config);
}

function shopOf(engine: Engine, dir: string, config: Config): Shop {
  // The index takes memory: it is made for who searches.
  let opened: Promise<OpenSearch> | undefined;
  const searching = async (): Promise<OpenSearch> => {
    opened ??= searchSettings(config, dir).then((settings) => openSearch(engine, settings));
    return opened;
  };
  return {
    putItems: async (items) => engine.catalogue.put(checked.items(items)),
    ingest: (events) => takeFrom(engine, events),
    recommend: async (request) => engine.recommend(checked.recommend(request)),
    search: async (request) => (await searching()).search.search(checked.search(request)),
    suggest: async (request) => (await searching()).search.suggest(checked.suggest(request)),
    profile: (user) => engine.profile(user),
    async train({ models, days, budgetSeconds = 120, seed = 1 } = {}) {
      const request = { models, days, seed, tune: true, budget: budgetSeconds, deploy: true };
      const context = { code: 'api', watch: () => {}, learnShelf };
      const { decision } = await trainShop(await readShop(dir), request, context);
      await engine.reload();
      return decision;
    },
    serve: async (options = {}) => serve(engine, { dir, search: await searching(), ...options }),
    async close() {
      await (await opened?.catch(() => undefined))?.close();
      await engine.close();
    },
  };
}
