import { Eviction } from '../core/index.js';
import { Choices } from './choices.js';

/** Half-life of how often a query was asked, ms. */
const halfLife = 60 * 86_400_000;

/** Bounds of what is remembered of queries. */
export interface QueryLimits {
  /** Queries that two shoppers asked, or one of whom the shop's own server told. */
  known: number;
  /** Queries that one visitor of a page asked alone: anybody can make up as many as they like. */
  alone: number;
  /** Items remembered with all queries of either kind. */
  choices: { known: number; alone: number };
}

export const queryLimits: QueryLimits = {
  known: 100_000,
  alone: 20_000,
  choices: { known: 1_000_000, alone: 200_000 },
};
/** Names of shoppers kept with a query. */
export const namesKept = 64;

export interface QueryRecord {
  text: string;
  /** Times asked, once a shopper and day, faded as of `at`. */
  count: number;
  at: number;
  /** Whether somebody asked it otherwise than by a page, which says what it likes. */
  believed: boolean;
  /** Shoppers who asked it, the first ones. */
  shoppers: string[];
  /** Those who chose something after it and count for others, the first ones. */
  choosers: string[];
  choices: Choices;
}

export interface PackedQueries {
  known: PackedQuery[];
  alone: PackedQuery[];
}
type PackedQuery = Omit<QueryRecord, 'choices'> & { key: string; ids: string[]; numbers: number[] };

/**
 * What was asked, in two parts, each bounded: what one visitor asked alone waits where a flood of invented queries
 * pushes out nothing but itself, until a second shopper asks the same.
 */
export class Queries {
  readonly #known = new Map<string, QueryRecord>();
  readonly #alone = new Map<string, QueryRecord>();
  readonly #evictKnown = new Eviction(this.#known);
  readonly #evictAlone = new Eviction(this.#alone);
  #choices = { known: 0, alone: 0 };

  constructor(private readonly limits: QueryLimits) {}

  get(key: string): QueryRecord | undefined {
    return this.#known.get(key) ?? this.#alone.get(key);
  }

  *entries(): Iterable<[string, QueryRecord]> {
    yield* this.#known;
    yield* this.#alone;
  }

  /** The shopper asks; `counts`: for the first time that day. */
  ask(
    key: string,
    text: string,
    user: string,
    time: number,
    { believed = false, counts = true },
  ): QueryRecord {
    const record = this.get(key) ?? this.#add(key, text, time);
    record.believed ||= believed;
    if (counts) {
      record.count = faded(record, time) + 1;
      record.at = Math.max(record.at, time);
      if (record.shoppers.length < namesKept && !record.shoppers.includes(user)) record.shoppers.push(user);
    }
    if (isKnown(record) && this.#alone.delete(key)) {
      this.#choices.alone -= record.choices.size;
      this.#choices.known += record.choices.size;
      this.#known.set(key, record);
      this.makeRoom();
    }
    return record;
  }

  /** The shopper chose something after it. */
  choose({ choosers }: QueryRecord, user: string): void {
    if (choosers.length < namesKept && !choosers.includes(user)) choosers.push(user);
  }

  /** Row of an item among what is remembered with the query, −1 where there is no room for another. */
  row(key: string, { choices }: QueryRecord, id: string): number {
    const before = choices.size;
    const row = choices.row(id);
    this.#choices[this.#known.has(key) ? 'known' : 'alone'] += choices.size - before;
    return row;
  }

  /** Nobody but this shopper asked it, and they do not remember it any more. */
  unremembered(key: string, user: string): void {
    const record = this.#alone.get(key);
    if (record?.shoppers.every((shopper) => shopper === user)) this.#drop(key);
  }

  /** One id takes the place of another. */
  rename(key: string, from: string, to: string): void {
    const { shoppers = [], choosers = [] } = this.get(key) ?? {};
    for (const names of [shoppers, choosers]) {
      const at = names.indexOf(from);
      if (at < 0) continue;
      if (names.includes(to)) names.splice(at, 1);
      else names[at] = to;
    }
  }

  forget(users: ReadonlySet<string>): void {
    for (const [key, record] of this.entries()) {
      dropFrom(record.choosers, users);
      const gone = dropFrom(record.shoppers, users);
      if (gone === 0) continue;
      record.count = Math.max(0, record.count - gone);
      if (record.shoppers.length === 0) this.#drop(key);
    }
  }

  /** Frees what goes beyond the limits; to be called when items were added. */
  makeRoom(): void {
    const { known, alone, choices } = this.limits;
    while (this.#known.size > known || this.#choices.known > choices.known) {
      if (this.#known.size <= 1) break;
      this.#drop(this.#evictKnown.least(worth)!);
    }
    while (this.#alone.size > alone || this.#choices.alone > choices.alone) {
      if (this.#alone.size <= 1) break;
      this.#drop(this.#evictAlone.oldest()![0]);
    }
  }

  #add(key: string, text: string, time: number): QueryRecord {
    const record: QueryRecord = {
      // A copy of its own: a part of a text keeps the whole of it in memory.
      text: Buffer.from(text.trim().slice(0, 100)).toString(),
      count: 0,
      at: time,
      believed: false,
      shoppers: [],
      choosers: [],
      choices: new Choices(),
    };
    this.#alone.set(key, record);
    this.makeRoom();
    return record;
  }

  #drop(key: string): void {
    const part = this.#known.has(key) ? 'known' : 'alone';
    this.#choices[part] -= this.get(key)?.choices.size ?? 0;
    this.#known.delete(key);
    this.#alone.delete(key);
  }

  pack(): PackedQueries {
    const packed = ([key, { choices, ...rest }]: [string, QueryRecord]): PackedQuery => ({
      key,
      ...rest,
      ...choices.pack(),
    });
    return { known: Array.from(this.#known, packed), alone: Array.from(this.#alone, packed) };
  }

  restore(packed: PackedQueries): void {
    for (const part of ['known', 'alone'] as const) {
      const map = part === 'known' ? this.#known : this.#alone;
      for (const { key, ids, numbers, ...rest } of packed[part]) {
        map.set(key, { ...rest, choices: Choices.of(ids, numbers) });
        this.#choices[part] += ids.length;
      }
    }
  }
}

const isKnown = ({ believed, shoppers }: QueryRecord): boolean => believed || shoppers.length > 1;

/** Orders queries as how often they were asked does, whatever the time. */
const worth = ({ count, at }: QueryRecord): number => Math.log2(Math.max(count, 1e-9)) + at / halfLife;

/** How often a query was asked, as of `now`. */
export function faded({ count, at }: QueryRecord, now: number): number {
  return count * 0.5 ** (Math.max(0, now - at) / halfLife);
}

/** Takes names out of a list, which says how many. */
function dropFrom(names: string[], gone: ReadonlySet<string>): number {
  let kept = 0;
  for (const name of names) if (!gone.has(name)) names[kept++] = name;
  const dropped = names.length - kept;
  names.length = kept;
  return dropped;
}
