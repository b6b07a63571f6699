import { createHash } from 'node:crypto';
import type { Event } from '../core/index.js';
import type { Dataset } from '../models/index.js';
import type { ObjectStore } from '../storage/index.js';
import type { Trial } from './trial.js';

const key = 'training/search.json';
/** Share of new events below which a search that was stopped goes on without them. */
const little = 0.01;

/** What makes two searches one: what was measured in one counts in the other. */
export interface SearchName {
  days: number | 'usual';
  seed: number;
  code: string;
}

interface ScoreCache extends SearchName {
  /** Events of the log it looks at. */
  head: number;
  items: string;
  done: boolean;
  trials: Trial[];
}

/** The last search of a shop, kept from trial to trial, so that a killed one goes on. */
export class TrialStore {
  private constructor(
    private readonly objects: ObjectStore,
    private readonly state: ScoreCache,
  ) {}

  /**
   * Decides on which events to search. A search that was stopped goes on with its own, as long as little came since
   * and no new item: a shop that sells while it trains would otherwise never end one. `note` tells what was decided.
   */
  static async open(
    objects: ObjectStore,
    name: SearchName,
    events: readonly Event[],
    itemsOf: (events: readonly Event[]) => Dataset['items'],
  ): Promise<{ memory: TrialStore; head: number; note?: string }> {
    const chosen = await TrialStore.#choose(objects, name, events, itemsOf);
    const memory = new TrialStore(objects, chosen.state);
    // Written before the first fit, so that a kill in the middle of that one goes on with the same events, too.
    await memory.#write();
    return { memory, head: chosen.state.head, ...(chosen.note ? { note: chosen.note } : {}) };
  }

  static async #choose(
    objects: ObjectStore,
    name: SearchName,
    events: readonly Event[],
    itemsOf: (events: readonly Event[]) => Dataset['items'],
  ): Promise<{ state: ScoreCache; note?: string }> {
    const bytes = await objects.get(key);
    const head = events.length;
    const items = hashOf(itemsOf(events).ids);
    const fresh: ScoreCache = { ...name, head, items, done: false, trials: [] };
    const before = bytes && parse(bytes);
    const same = before && Object.entries(name).every(([field, value]) => before[field as 'days'] === value);
    if (!before || !same) return { state: fresh };
    const more = head - before.head;
    if (more === 0) {
      const note = before.done ? {} : { note: goingOn(before.trials.length) };
      return { state: { ...before, done: false }, ...note };
    }
    if (before.done) return { state: fresh };
    if (more > 0 && more <= little * before.head && before.items === items) {
      const note = `${goingOn(before.trials.length)} The ${more} newer events wait for the next training.`;
      return { state: before, note };
    }
    const why = before.items === items ? `${more} events` : 'events of new items';
    return { state: fresh, note: `The search that was stopped starts anew: ${why} came since.` };
  }

  get known(): readonly Trial[] {
    return this.state.trials;
  }

  async remember(trials: readonly Trial[]): Promise<void> {
    this.state.trials = [...trials];
    await this.#write();
  }

  /** The search came to its end: the next one looks at all events there are. */
  async finish(): Promise<void> {
    this.state.done = true;
    await this.#write();
  }

  #write(): Promise<void> {
    return this.objects.put(key, Buffer.from(JSON.stringify(this.state)));
  }
}

function goingOn(trials: number): string {
  return `Going on with the search that was stopped: ${trials} ${trials === 1 ? 'fit is' : 'fits are'} measured already.`;
}

/** A file that cannot be read is no search. */
function parse(bytes: Uint8Array): ScoreCache | undefined {
  try {
    return JSON.parse(Buffer.from(bytes).toString()) as ScoreCache;
  } catch {
    return undefined;
  }
}

function hashOf(ids: readonly string[]): string {
  return createHash('sha256').update(ids.join('\0')).digest('hex').slice(0, 16);
}
