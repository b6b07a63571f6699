import type { Event } from '../../../src/core/index.js';

/** What of the Web Storage interface the queue needs. */
export type QueueStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const prefix = 'endcap.unsent.';

/**
 * Events not acknowledged yet, oldest first, at most `limit`. With a storage it survives the page: each client
 * writes under its own key (two tabs never overwrite each other) and a new one adopts what earlier pages left.
 * Adopting the events of a tab that still lives only sends them twice, which their ids make harmless.
 */
export class EventQueue {
  #events: Event[] = [];
  readonly #key: string;

  constructor(
    readonly limit: number,
    readonly storage: QueueStorage | undefined,
    owner: string,
  ) {
    this.#key = prefix + owner;
    if (storage) this.#adopt(storage);
  }

  get size(): number {
    return this.#events.length;
  }

  /** Appends one; returns the events that had to go to make room (the oldest). */
  push(event: Event): Event[] {
    this.#events.push(event);
    const dropped = this.#events.splice(0, Math.max(0, this.#events.length - this.limit));
    this.#save();
    return dropped;
  }

  /** The first `n`, which stay queued until `remove`. */
  peek(n: number): Event[] {
    return this.#events.slice(0, n);
  }

  remove(events: readonly Event[]): void {
    const gone = new Set(events.map((event) => event.id));
    this.#events = this.#events.filter((event) => !gone.has(event.id));
    this.#save();
  }

  #adopt(storage: QueueStorage): void {
    const keys = Array.from({ length: storage.length }, (_, i) => storage.key(i) ?? '');
    for (const key of keys.filter((name) => name.startsWith(prefix))) {
      this.#events.push(...parseEvents(storage.getItem(key)));
      storage.removeItem(key);
    }
    this.#events = [...new Map(this.#events.map((event) => [event.id, event])).values()].slice(-this.limit);
    this.#save();
  }

  #save(): void {
    try {
      if (this.#events.length === 0) this.storage?.removeItem(this.#key);
      else this.storage?.setItem(this.#key, JSON.stringify(this.#events));
    } catch {
      // Storage full or forbidden: the events stay in memory and are still sent.
    }
  }
}

function parseEvents(text: string | null): Event[] {
  try {
    const value: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(value) ? value.filter((event) => typeof event?.id === 'string') : [];
  } catch {
    return [];
  }
}
