import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalogue } from '../catalogue/index.js';
import { EndcapError, type Event, type Item } from '../core/index.js';
import type { Engine } from '../recommend/index.js';
import { type LoggedEvent, openStoreToRead } from '../storage/index.js';
import { addressIn } from './serverAddress.js';

/** Where an import goes: a shop that this process has open, or a server that has. */
export interface ImportTarget {
  /** The item as the shop has it. */
  item(id: string): Promise<Item | undefined>;
  putItems(items: readonly Item[]): Promise<void>;
  /** Logs events; where each landed, and whether it was there already. */
  append(events: readonly Event[]): Promise<{ offset: number; duplicate: boolean }[]>;
  /** What could not be done, said in the report. */
  notes?: readonly string[];
  /** Purchases and refunds of the log in order, perhaps others too; nothing where the log cannot be seen. */
  logged(from?: number, to?: number): AsyncIterable<LoggedEvent>;
  close(): Promise<void>;
}

export function engineTarget(engine: Engine): ImportTarget {
  return {
    item: async (id) => engine.catalogue.get(id),
    putItems: (items) => engine.catalogue.put(items),
    append: (events) => engine.ingest(events),
    logged: (from, to) => engine.store.log.read(from, to),
    close: () => engine.close(),
  };
}

const eventsInCall = 500;
const itemsInCall = 200;
const bodyBytes = 900_000;
const triesOnBusy = 8;

/**
 * A running server, through its API. What it has is read in its folder where that is at hand (`dir`, if the server says
 * that it is its own), since a server lets its log be read meanwhile; else it is asked for the purchases and refunds of its
 * log, which takes a key of scope admin. Without that, edits and returns of what was imported before are not looked for.
 */
export function serverTarget(url: string, key: string | undefined, dir: string | undefined): ImportTarget {
  const base = url.replace(/\/+$/, '');
  const store =
    dir !== undefined && serves(dir, base) && existsSync(join(dir, 'log', 'data.mdb'))
      ? openStoreToRead(dir)
      : undefined;
  const catalogue = store && openCatalogue(store.facts);
  const headers = {
    'content-type': 'application/json',
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
  const call = async (method: string, path: string, body?: unknown): Promise<Response> => {
    for (let attempt = 0; ; attempt++) {
      const answer = await fetch(`${base}${path}`, {
        method,
        headers,
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }).catch((cause) => {
        throw new EndcapError('server_unreachable', `No server answers at ${base}`, {
          status: 502,
          remedy: 'Check --server; what was sent before is logged, and importing again sends only the rest',
          cause,
        });
      });
      if ((answer.status !== 429 && answer.status !== 503) || attempt === triesOnBusy) return answer;
      await new Promise((go) => setTimeout(go, 250 * 2 ** attempt));
    }
  };
  const notes: string[] = [];
  async function* logged(from = 0, to?: number): AsyncIterable<LoggedEvent> {
    for (let at: number | undefined = from; at !== undefined && notes.length === 0; ) {
      const end = to === undefined ? '' : `&to=${to}`;
      const answer = await call('GET', `/v1/events?type=purchase,refund&from=${at}${end}`);
      if (answer.status === 401 || answer.status === 403) {
        notes.push(
          'Edited orders and returns of what was imported before were not looked for: reading the log takes a key of scope admin',
        );
        return;
      }
      const page = (await accept(answer, base)) as { events: LoggedEvent[]; next?: number };
      yield* page.events;
      at = page.next;
    }
  }
  return {
    notes,
    async item(id) {
      if (catalogue) return catalogue.get(id);
      const answer = await call('GET', `/v1/items/${encodeURIComponent(id)}`);
      return answer.ok ? ((await answer.json()) as Item) : undefined;
    },
    async putItems(items) {
      for (const part of bounded(items, itemsInCall))
        await accept(await call('PUT', '/v1/items', part), base);
    },
    async append(events) {
      const landed: { offset: number; duplicate: boolean }[] = [];
      for (const part of bounded(events, eventsInCall)) {
        const answer = (await accept(await call('POST', '/v1/events', part), base)) as EventAnswer;
        for (const one of answer.events) {
          if (one.status === 'rejected') throw rejected(one);
          landed.push({ offset: one.offset ?? -1, duplicate: one.status === 'duplicate' });
        }
      }
      return landed;
    },
    logged: (from, to) => store?.log.read(from, to) ?? logged(from, to),
    close: async () => store?.close(),
  };
}

/** Whether a server wrote into a folder that it has it open at this address. */
function serves(dir: string, base: string): boolean {
  try {
    const { url } = addressIn(dir);
    return url !== undefined && new URL(url).origin === new URL(base).origin;
  } catch {
    return false;
  }
}

interface EventAnswer {
  events: { id: string; status: string; offset?: number; error?: { field: string; message: string } }[];
}

/** Parts of a list whose JSON stays below what a server takes at once. */
function* bounded<T>(all: readonly T[], most: number): Iterable<T[]> {
  let part: T[] = [];
  let size = 0;
  for (const one of all) {
    const bytes = Buffer.byteLength(JSON.stringify(one)) + 1;
    if (part.length === most || (part.length > 0 && size + bytes > bodyBytes)) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(one);
    size += bytes;
  }
  if (part.length > 0) yield part;
}

async function accept(answer: Response, base: string): Promise<unknown> {
  const body = (await answer.json().catch(() => undefined)) as
    | { code?: string; detail?: string; title?: string; remedy?: string }
    | undefined;
  if (answer.ok) return body;
  throw new EndcapError('server_refused', `${base} refused the import: ${body?.detail ?? answer.status}`, {
    status: answer.status,
    remedy:
      answer.status === 401 || answer.status === 403
        ? 'Give a key with --key or ENDCAP_KEY'
        : (body?.remedy ?? 'See the log of the server'),
  });
}

/** Ids of shoppers are looked at before they are sent: one that is refused is refused for the key. */
const rejected = ({ id, error }: EventAnswer['events'][number]): EndcapError => {
  const remedy =
    error?.field === 'user'
      ? 'Import with a server key of the scopes events and items'
      : 'Use a server of the same version';
  return new EndcapError(
    'server_refused',
    `The server refused the event ${id}: ${error?.field} ${error?.message}`,
    { remedy: `${remedy}; importing again sends only what is not logged yet` },
  );
};
