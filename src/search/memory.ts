import {
  countsForAll,
  defaultEventTable,
  type Event,
  type EventTable,
  isFromPage,
  type Meaning,
  meaningIn,
  tableNumber,
} from '../core/index.js';
import { DailyMarks, type PackedMarks, type WholeFold } from '../projections/index.js';
import { fold } from '../text/index.js';
import { PositionRates } from './positions.js';

const day = 86_400_000;
/** Half-life of how often a query was asked and what was chosen after it, ms. */
const halfLife = 60 * day;
/** A click or purchase without a search id belongs to the search so shortly before it, ms. */
const followsWithin = 30 * 60_000;
/** A second query so shortly after one that led to nothing says the same in other words, ms. */
const rewordedWithin = 3 * 60_000;
/** What is kept, so that memory is bounded whatever comes. */
const limits = {
  queries: 100_000,
  shoppers: 100_000,
  searches: 30,
  choices: 64,
  shown: 50,
  names: 64,
  rewordings: 20_000,
};
/** How much an event after a search says of what was meant, by what the shop says it means. */
const choiceWeights: Partial<Record<Meaning, number>> = { view: 1, wish: 2, cart: 3, purchase: 5 };

/** What came of an item after a query. */
interface Choice {
  /** Choices, weighted by kind; of one shopper each kind once a day. */
  weight: number;
  /** Clicks that an average item would have had in the same places. */
  expected: number;
  clicks: number;
}

interface QueryRecord {
  text: string;
  /** Times asked, once a shopper and day, faded as of `at`. */
  count: number;
  at: number;
  /** Whether somebody asked it otherwise than by a page, which says what it likes. */
  believed: boolean;
  /** Shoppers who asked it, the first ones. */
  shoppers: Set<string>;
  choices: Map<string, Choice>;
}

/** One search of a shopper. */
export interface PastSearch {
  key: string;
  time: number;
  /** Times the shopper asked it since they first did. */
  times: number;
  id?: string;
  shown: string[];
  /** Items chosen after it, each with the weight that was counted. */
  chosen: Map<string, number>;
}

/** A query in the form under which it is counted. */
export function queryKey(query: string): string {
  return fold(query.slice(0, 500))
    .replace(/[\p{P}\p{S}\p{C}\s]+/gu, ' ')
    .trim()
    .slice(0, 100);
}

/**
 * What searches teach: a fold of the log. How often each query was asked and by whom, what was chosen after it and
 * from which place, how shoppers worded anew what found nothing, and the last searches of each shopper.
 */
export class SearchMemory implements WholeFold {
  readonly name = 'search';
  /** Another number whenever the same events teach something else, or it is packed otherwise. */
  readonly version: number;
  /** It may be many megabytes: what came since is read from the log again after a start. */
  readonly checkpointEveryMs = 60_000;
  readonly #queries = new Map<string, QueryRecord>();
  readonly #shoppers = new Map<string, PastSearch[]>();
  /** "from\0to" → shoppers who reworded so. */
  readonly #rewordings = new Map<string, Set<string>>();
  #positions = new PositionRates();
  /** What each shopper gave to queries today: nobody counts twice, however many searches lie between. */
  readonly #given = new DailyMarks();
  /** Another number after each event that changed something. */
  changes = 0;
  /** Another number after each rewording. */
  reworded = 0;
  /** Another number after each shopper that was forgotten. */
  forgotten = 0;

  /** `table`: what the types of the shop's events mean. */
  constructor(private readonly table: EventTable = defaultEventTable) {
    this.version = 3 + 1_000 * tableNumber(table);
  }

  apply(_offset: number, event: Event): void {
    if (event.robot) return;
    const meaning = meaningIn(this.table, event.type);
    if (meaning === 'search' && event.query) this.#search(event);
    else if (meaning === 'identify') this.#identify(event);
    else if (meaning && choiceWeights[meaning]) this.#choose(event, choiceWeights[meaning]);
  }

  /** The shopper's last searches, oldest first. */
  searchesOf(user: string): readonly PastSearch[] {
    return this.#shoppers.get(user) ?? [];
  }

  /** Searches after which something was chosen, of those who came last first, newest first. */
  *chosen(): Iterable<{ user: string; search: PastSearch }> {
    for (const [user, searches] of [...this.#shoppers].reverse())
      for (const search of searches.toReversed()) if (search.chosen.size > 0) yield { user, search };
  }

  /** Whether at least `k` shoppers asked the query. */
  isAsked(key: string, k: number): boolean {
    return (this.#queries.get(key)?.shoppers.size ?? 0) >= k;
  }

  /** How often a query is asked, as of `now`; 0 for one asked by fewer than `k` shoppers. */
  popularity(key: string, now: number, k: number): number {
    const record = this.#queries.get(key);
    return record && record.shoppers.size >= k ? faded(record, now) : 0;
  }

  /** Queries that at least `k` shoppers asked. */
  *popular(
    now: number,
    k: number,
  ): Iterable<{ text: string; key: string; count: number; believed: boolean }> {
    for (const [key, record] of this.#queries)
      if (record.shoppers.size >= k)
        yield { text: record.text, key, count: faded(record, now), believed: record.believed };
  }

  /** What was chosen after the query by anybody: weight by item id. Nothing where too few asked. */
  choices(key: string, k: number): Map<string, number> {
    const record = this.#queries.get(key);
    if (!record || record.shoppers.size < k) return new Map();
    return new Map(
      [...record.choices].map(([id, { weight }]) => [id, weight] as const).filter(([, weight]) => weight > 0),
    );
  }

  /**
   * Clicks an item had after the query over those an average one would have had in its places (COEC, Zhang & Jones
   * 2007), less 1, drawn to 0 where few looked: what stands first is clicked more, and that says nothing of it.
   */
  attraction(key: string, id: string): number {
    const choice = this.#queries.get(key)?.choices.get(id);
    if (!choice) return 0;
    const prior = 2;
    return (choice.clicks + prior) / (choice.expected + prior) - 1;
  }

  /** Pairs of wordings that at least `k` shoppers went over, from what found nothing to what did. */
  *rewordings(k: number): Iterable<{ from: string; to: string; shoppers: number }> {
    for (const [pair, shoppers] of this.#rewordings) {
      if (shoppers.size < k) continue;
      const [from = '', to = ''] = pair.split('\0');
      yield { from, to, shoppers: shoppers.size };
    }
  }

  /** Takes back whatever came from a shopper. */
  forget(user: string): void {
    for (const { key, shown, chosen } of this.#shoppers.get(user) ?? []) {
      const record = this.#queries.get(key);
      if (!record) continue;
      for (const [id, weight] of chosen) {
        const choice = record.choices.get(id);
        if (!choice) continue;
        choice.weight = Math.max(0, choice.weight - weight);
        choice.clicks = Math.max(0, choice.clicks - 1);
      }
      for (const [at, id] of shown.entries()) {
        const choice = record.choices.get(id);
        if (choice) choice.expected = Math.max(0, choice.expected - this.#positions.rate(at));
      }
    }
    for (const [key, record] of this.#queries) {
      if (!record.shoppers.delete(user)) continue;
      record.count = Math.max(0, record.count - 1);
      if (record.shoppers.size === 0) this.#queries.delete(key);
    }
    for (const [pair, shoppers] of this.#rewordings)
      if (shoppers.delete(user) && shoppers.size === 0) this.#rewordings.delete(pair);
    this.#shoppers.delete(user);
    this.changes++;
    this.forgotten++;
  }

  pack(): Packed {
    return {
      queries: [...this.#queries].map(([key, { shoppers, choices, ...rest }]) => ({
        key,
        ...rest,
        shoppers: [...shoppers],
        choices: [...choices],
      })),
      shoppers: [...this.#shoppers].map(([user, searches]) => [
        user,
        searches.map(({ chosen, ...rest }) => ({ ...rest, chosen: [...chosen] })),
      ]),
      rewordings: [...this.#rewordings].map(([pair, shoppers]) => [pair, [...shoppers]]),
      positions: this.#positions.pack(),
      given: this.#given.pack(),
    };
  }

  /** Puts back what `pack` gave. */
  restore(packed: unknown): void {
    const data = packed as Packed;
    for (const { key, shoppers, choices, ...rest } of data.queries)
      this.#queries.set(key, { ...rest, shoppers: new Set(shoppers), choices: new Map(choices) });
    for (const [user, searches] of data.shoppers)
      this.#shoppers.set(
        user,
        searches.map(({ chosen, ...rest }) => ({ ...rest, chosen: new Map(chosen) })),
      );
    for (const [pair, shoppers] of data.rewordings) this.#rewordings.set(pair, new Set(shoppers));
    this.#positions = PositionRates.restore(data.positions);
    this.#given.restore(data.given);
    this.changes++;
    this.reworded++;
  }

  #search(event: Event): void {
    const key = queryKey(event.query!);
    if (key === '') return;
    const { user, time, received = time } = event;
    const counts = countsForAll(event);
    const past = this.#pastOf(user);
    const before = past.findLast((search) => search.key === key);
    // What a page has invented must not take the place of what there is.
    const listed = event.items.filter(({ unlisted }) => !unlisted);
    const shown = listed.slice(0, limits.shown).map(({ id }) => id);
    // A page of the same search, or the same one told twice, is no second search.
    const same = before && event.attribution !== undefined && before.id === event.attribution;
    const record = counts ? this.#query(key, event.query!, time) : undefined;
    if (record && !isFromPage(event)) record.believed = true;
    if (!same) {
      if (record && this.#given.raise(user, key, 1, received) > 0) this.#ask(record, user, time);
      past.push({
        key,
        time,
        times: (before?.times ?? 0) + 1,
        ...(event.attribution === undefined ? {} : { id: event.attribution }),
        shown,
        chosen: new Map(),
      });
      if (past.length > limits.searches) past.shift();
    }
    for (const [at, id] of shown.entries()) {
      if (!record || this.#given.raise(user, `${key}\nshown\n${id}`, 1, received) === 0) continue;
      this.#positions.show(at);
      const choice = choiceOf(record, id);
      if (choice) choice.expected += this.#positions.rate(at);
    }
    this.changes++;
  }

  #ask(record: QueryRecord, user: string, time: number): void {
    record.count = faded(record, time) + 1;
    record.at = Math.max(record.at, time);
    if (record.shoppers.size < limits.names) record.shoppers.add(user);
  }

  #choose(event: Event, weight: number): void {
    const past = this.#shoppers.get(event.user);
    if (!past) return;
    const counts = countsForAll(event);
    const { time, received = time } = event;
    for (const { id, unlisted } of event.items) {
      if (unlisted) continue;
      const search = past.findLast((each) =>
        event.attribution !== undefined && each.id !== undefined
          ? each.id === event.attribution
          : event.time >= each.time && event.time - each.time < followsWithin && each.shown.includes(id),
      );
      if (!search) continue;
      const record = counts ? this.#queries.get(search.key) : undefined;
      const choice = record && choiceOf(record, id);
      if (!choice) continue;
      const counted = search.chosen.get(id) ?? 0;
      if (weight <= counted) continue;
      // A purchase after a click adds what it says more than the click did.
      const more = this.#given.raise(event.user, `${search.key}\nchosen\n${id}`, weight, received);
      choice.weight += more;
      search.chosen.set(id, weight);
      if (counted === 0 && more === weight) {
        choice.clicks++;
        const at = search.shown.indexOf(id);
        if (at >= 0) this.#positions.click(at);
      }
      if (search.chosen.size === 1 && counted === 0) this.#reworded(event.user, past, search);
      this.changes++;
    }
  }

  /** The search before, if it led to nothing, was this one in other words. */
  #reworded(user: string, past: readonly PastSearch[], search: PastSearch): void {
    const before = past[past.indexOf(search) - 1];
    if (!before || before.key === search.key || before.chosen.size > 0) return;
    if (search.time - before.time > rewordedWithin || search.time < before.time) return;
    const pair = `${before.key}\0${search.key}`;
    let shoppers = this.#rewordings.get(pair);
    if (!shoppers) {
      if (this.#rewordings.size >= limits.rewordings)
        this.#rewordings.delete(this.#rewordings.keys().next().value!);
      shoppers = new Set();
      this.#rewordings.set(pair, shoppers);
    }
    if (shoppers.size < limits.names) shoppers.add(user);
    this.reworded++;
  }

  #identify(event: Event): void {
    const anonymous = event.context?.anonymous;
    if (typeof anonymous !== 'string' || anonymous === event.user) return;
    const from = this.#shoppers.get(anonymous);
    if (!from) return;
    this.#shoppers.delete(anonymous);
    const merged = [...this.#pastOf(event.user), ...from]
      .sort((a, b) => a.time - b.time)
      .slice(-limits.searches);
    this.#shoppers.set(event.user, merged);
    for (const { key } of from) {
      const shoppers = this.#queries.get(key)?.shoppers;
      if (shoppers?.delete(anonymous)) shoppers.add(event.user);
    }
    this.changes++;
  }

  #pastOf(user: string): PastSearch[] {
    const past = this.#shoppers.get(user) ?? [];
    // Those who came last are kept: a map remembers the order of insertion.
    this.#shoppers.delete(user);
    this.#shoppers.set(user, past);
    if (this.#shoppers.size > limits.shoppers) this.#shoppers.delete(this.#shoppers.keys().next().value!);
    return past;
  }

  #query(key: string, text: string, time: number): QueryRecord {
    let record = this.#queries.get(key);
    if (record) return record;
    if (this.#queries.size >= limits.queries) this.#dropRarest();
    record = {
      text: text.trim().slice(0, 100),
      count: 0,
      at: time,
      believed: false,
      shoppers: new Set(),
      choices: new Map(),
    };
    this.#queries.set(key, record);
    return record;
  }

  /** Makes room: of the oldest hundred queries, the one asked least. */
  #dropRarest(): void {
    let rarest: string | undefined;
    let least = Infinity;
    let looked = 0;
    for (const [key, { count }] of this.#queries) {
      if (count < least) [rarest, least] = [key, count];
      if (++looked === 100) break;
    }
    this.#queries.delete(rarest!);
  }
}

/** What was shown and never chosen gives way; where all were chosen, what is new has no place. */
function choiceOf({ choices }: QueryRecord, id: string): Choice | undefined {
  let choice = choices.get(id);
  if (choice) return choice;
  if (choices.size >= limits.choices) {
    const unchosen = [...choices].find(([, { weight, clicks }]) => weight === 0 && clicks === 0);
    if (!unchosen) return undefined;
    choices.delete(unchosen[0]);
  }
  choice = { weight: 0, expected: 0, clicks: 0 };
  choices.set(id, choice);
  return choice;
}

function faded({ count, at }: QueryRecord, now: number): number {
  return count * 0.5 ** (Math.max(0, now - at) / halfLife);
}

interface Packed {
  queries: (Omit<QueryRecord, 'shoppers' | 'choices'> & {
    key: string;
    shoppers: string[];
    choices: [string, Choice][];
  })[];
  shoppers: [string, (Omit<PastSearch, 'chosen'> & { chosen: [string, number][] })[]][];
  rewordings: [string, string[]][];
  positions: { shows: number[]; clicks: number[] };
  given: PackedMarks;
}
