import type { FastifyInstance } from 'fastify';
import { EndcapError, within } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { checkAddress } from './access.js';
import { aloud, type OpenEngine, type ServeOptions, withUses } from './serve.js';

/** One of several shops in one server. */
export interface ShopToServe {
  /** As in its address `/shops/NAME/`: see `shopName`. */
  name: string;
  /** How to serve it; throws what is wrong with its configuration. */
  options(): ServeOptions;
  open: OpenEngine;
  /** Changes with every change of what lies in its folder. A shop that comes later is opened when it stays the same. */
  stamp?(): string;
}

export const shopName = /^[a-z0-9][a-z0-9_-]{0,62}$/;

export interface Shop {
  status: 'opening' | 'open' | 'failed' | 'closing';
  app?: FastifyInstance;
  engine?: Engine;
  /** Code of what was in the way. */
  code?: string;
  /** Whether it was opened without keys. */
  keyless?: boolean;
  /** When it may be tried again, ms. */
  retryAt?: number;
}

interface ShopSetOptions {
  host: string;
  /** The shops as they are now. */
  list(): readonly ShopToServe[];
  drain(): Promise<void>;
  /** Told when a shop is open, could not be opened, or is gone. */
  onOpened(name: string, error: unknown): void;
  onClosed(name: string): void;
}

/** How often folders are looked at, ms. */
const lookEveryMs = 2_000;
/** A shop that failed is tried again after this long, and ten times what the try took, ms. */
const retryMs = 5_000;

/**
 * The shops of a server, opened one after the other. Folders that come and go are followed: a new one is opened when
 * nothing in it has changed for a moment, so not while it is copied; a shop that failed is tried again; one that was
 * opened without keys is opened again as soon as it has some; one whose folder is gone is closed.
 */
export class ShopSet {
  readonly shops = new Map<string, Shop>();
  readonly #stamps = new Map<string, string>();
  #looking: Promise<void>;
  #timer: NodeJS.Timeout | undefined;
  #closing = false;

  constructor(private readonly options: ShopSetOptions) {
    const first = options.list();
    for (const { name } of first) this.shops.set(name, { status: 'opening' });
    this.#looking = this.#openAll(first);
    const again = (): void => {
      if (this.#closing) return;
      this.#timer = setTimeout(() => {
        this.#looking = this.#look().catch(() => undefined);
        void this.#looking.then(again);
      }, lookEveryMs).unref();
    };
    this.opened = this.#looking;
    void this.#looking.then(again);
  }

  /** Resolves when each of the first shops is open or could not be opened. */
  readonly opened: Promise<void>;

  /** Closes all shops at once, each when its streams have ended; resolves to the names of those that took longer. */
  async close(withinMs: number): Promise<string[]> {
    this.#closing = true;
    clearTimeout(this.#timer);
    const left = new Set(this.shops.keys());
    const closed = Promise.all(
      [...this.shops].map(async ([name, shop]) => {
        if (shop.status === 'opening' || shop.status === 'closing') await this.#looking;
        await shop.app?.close();
        await shop.engine?.close();
        left.delete(name);
      }),
    );
    await within(Promise.all([closed, this.options.drain()]), withinMs);
    return [...left];
  }

  async #openAll(list: readonly ShopToServe[]): Promise<void> {
    for (const one of list) await this.#open(one, this.shops.get(one.name)!);
  }

  /** Follows what changed since the last look. */
  async #look(): Promise<void> {
    const list = this.options.list();
    const names = new Set(list.map(({ name }) => name));
    for (const [name, shop] of this.shops) {
      if (names.has(name) || this.#closing) continue;
      await this.#close(shop);
      this.shops.delete(name);
      this.options.onClosed(name);
    }
    for (const one of list) {
      if (this.#closing) return;
      const shop = this.shops.get(one.name);
      if (!shop) await this.#openIfWhole(one);
      else if (shop.status === 'failed' && Date.now() >= (shop.retryAt ?? 0)) await this.#open(one, shop);
      else if (shop.status === 'open' && shop.keyless && hasKeys(one)) {
        await this.#close(shop);
        await this.#open(one, shop);
      }
    }
  }

  async #openIfWhole(one: ShopToServe): Promise<void> {
    const stamp = one.stamp?.() ?? '';
    const before = this.#stamps.get(one.name);
    this.#stamps.set(one.name, stamp);
    if (before !== stamp) return;
    const shop: Shop = { status: 'opening' };
    this.shops.set(one.name, shop);
    this.#stamps.delete(one.name);
    await this.#open(one, shop);
  }

  async #open(one: ShopToServe, shop: Shop): Promise<void> {
    if (this.#closing) return;
    const { code } = shop;
    const began = Date.now();
    try {
      await this.#openOne(one, shop);
      delete shop.code;
      this.options.onOpened(one.name, undefined);
    } catch (error) {
      shop.status = 'failed';
      shop.code = error instanceof EndcapError ? error.code : 'internal';
      const now = Date.now();
      shop.retryAt = now + Math.max(retryMs, 10 * (now - began));
      // A try again that fails as the one before is no news.
      if (shop.code !== code) this.options.onOpened(one.name, error ?? new Error('unknown'));
    }
  }

  async #openOne(one: ShopToServe, shop: Shop): Promise<void> {
    const options = one.options();
    checkAddress(this.options.host, options);
    const engine = await one.open(() => undefined);
    try {
      const logger = options.logger ?? { ...aloud, base: { shop: one.name } };
      // A shop that closes alone closes its part alone.
      const drain = async (): Promise<void> => (this.#closing ? this.options.drain() : undefined);
      shop.app = await withUses(engine, { ...options, base: `/shops/${one.name}`, drain, logger });
    } catch (error) {
      await engine.close();
      throw error;
    }
    shop.engine = engine;
    shop.keyless = options.keys === undefined;
    shop.status = 'open';
  }

  async #close(shop: Shop): Promise<void> {
    const { app, engine } = shop;
    shop.status = 'closing';
    delete shop.app;
    delete shop.engine;
    // Of a folder that is gone, what would be written at the end has no place.
    await app?.close().catch(() => undefined);
    await engine?.close().catch(() => undefined);
  }
}

/** Whether a shop has keys now; a configuration that cannot be read says nothing. */
function hasKeys(one: ShopToServe): boolean {
  try {
    return one.options().keys !== undefined;
  } catch {
    return false;
  }
}
