import {
  countsForAll,
  defaultEventTable,
  type Event,
  type EventTable,
  isAnonymousId,
  isFromPage,
  type Meaning,
  meaningIn,
  tableNumber,
} from '../core/index.js';
import { DailyMarks, type PackedMarks, type WholeFold } from '../projections/index.js';
import { fold } from '../text/index.js';
import { type PackedSearcher, type PastSearch, PastSearches } from './pastSearches.js';
import { PositionRates } from './positions.js';
import {
  faded,
  type PackedQueries,
  Queries,
  type QueryLimits,
  type QueryRecord,
  queryLimits,
} from './queries.js';
import { isReworded, type PackedPair, Rewordings } from './rewordings.js';

/** A click or purchase without a search id belongs to the search so shortly before it, ms. */
const followsWithin = 30 * 60_000;
/** Items of one answer that are remembered. */
const shownKept = 50;
/** How long a visitor of a page must have been around for what they do to count for others, ms. */
const knownSince = 86_400_000;
/** Clicks of a query that draw what is said of an item to nothing: so many, or so large a share of those who ask. */
const [fewLooks, shareOfLooks] = [2, 0.01];
/** How much an event after a search says of what was meant, by what the shop says it means. */
const choiceWeights: Partial<Record<Meaning, number>> = { view: 1, wish: 2, cart: 3, purchase: 5 };

/** A visitor whom a page names, and nobody else knows. */
const mayBeMadeUp = (event: Event): boolean => isFromPage(event) && isAnonymousId(event.user);

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
  readonly #queries: Queries;
  readonly #past = new PastSearches((user, key) => this.#queries.unremembered(key, user));
  readonly #rewordings = new Rewordings();
  #positions = new PositionRates();
  /** What each shopper gave to queries today: nobody counts twice, however many searches lie between. */
  readonly #given = new DailyMarks();
  /** When the first visitor of a page searched, by the shop's clock: in its first day nobody can be known for a day. */
  #began = Number.POSITIVE_INFINITY;
  /** Another number after each event that changed something. */
  changes = 0;
  /** Another number after each shopper that was forgotten. */
  forgotten = 0;

  /** `table`: what the types of the shop's events mean. */
  constructor(
    private readonly table: EventTable = defaultEventTable,
    limits: QueryLimits = queryLimits,
  ) {
    this.#queries = new Queries(limits);
    this.version = 7 + 1_000 * tableNumber(table);
  }

  apply(_offset: number, event: Event): void {
    if (event.robot) return;
    const meaning = meaningIn(this.table, event.type);
    if (meaning === 'search' && event.query) this.#search(event);
    else if (meaning === 'identify') this.#identify(event);
    else if (meaning && choiceWeights[meaning]) this.#choose(event, choiceWeights[meaning]);
    if (meaning === 'purchase' && !isFromPage(event)) this.#past.order(event.user, event.time);
  }

  /** Another number after each rewording. */
  get reworded(): number {
    return this.#rewordings.changes;
  }

  /** The shopper's last searches, oldest first. */
  searchesOf(user: string): readonly PastSearch[] {
    return this.#past.of(user);
  }

  /** Searches after which something was chosen, of those who came last first, newest first. */
  *chosen(): Iterable<{ user: string; search: PastSearch }> {
    for (const each of this.#past.newestFirst()) if (each.search.chosen) yield each;
  }

  /** How often a query is asked, as of `now`; 0 for one asked by fewer than `k` shoppers. */
  popularity(key: string, now: number, k: number): number {
    const record = this.#queries.get(key);
    return record && record.shoppers.length >= k ? faded(record, now) : 0;
  }

  /** Queries that at least `k` shoppers asked. */
  *popular(
    now: number,
    k: number,
  ): Iterable<{ text: string; key: string; count: number; believed: boolean }> {
    for (const [key, record] of this.#queries.entries())
      if (record.shoppers.length >= k)
        yield { text: record.text, key, count: faded(record, now), believed: record.believed };
  }

  /** What was chosen after the query: weight by item id. Nothing where fewer than `k` who count chose anything. */
  choices(key: string, k: number): Map<string, number> {
    return this.isChosen(key, k) ? this.#queries.get(key)!.choices.weights() : new Map();
  }

  /** Whether at least `k` shoppers who count chose something after the query. */
  isChosen(key: string, k: number): boolean {
    return (this.#queries.get(key)?.choosers.length ?? 0) >= k;
  }

  /**
   * Clicks an item had after the query over those an average one would have had in its places (COEC, Zhang & Jones
   * 2007), less 1, drawn to 0 where few looked: what stands first is clicked more, and that says nothing of it. Few beside
   * those who ask, that is: five who dig out an item do not speak for ten thousand.
   */
  attraction(key: string, id: string, now: number): number {
    const record = this.#queries.get(key);
    const row = record?.choices.find(id) ?? -1;
    if (row < 0) return 0;
    const { choices } = record!;
    const prior = Math.max(fewLooks, shareOfLooks * faded(record!, now));
    return (choices.clicks(row) + prior) / (choices.expected(row) + prior) - 1;
  }

  /** Pairs of wordings that at least `k` shoppers went over, from what led to nothing to what did. */
  rewordings(k: number): Iterable<{ from: string; to: string; shoppers: number }> {
    return this.#rewordings.ofMany(k);
  }

  /** Takes back whatever came from shoppers. */
  forget(users: ReadonlySet<string>): void {
    for (const user of users) this.#takeBack(user);
    this.#queries.forget(users);
    this.#rewordings.forget(users);
    for (const user of users) this.#past.forget(user);
    this.changes++;
    this.forgotten++;
  }

  #takeBack(user: string): void {
    for (const { key, shown, counted, chosen = new Map() } of this.#past.of(user)) {
      const choices = this.#queries.get(key)?.choices;
      if (!choices) continue;
      const takeBack = (id: string, weight: number, expected: number, clicks: number): void => {
        const row = choices.find(id);
        if (row >= 0) choices.add(row, -weight, -expected, -clicks);
      };
      for (const [id, weight] of chosen) takeBack(id, weight, 0, 1);
      if (!counted) continue;
      for (const [at, id] of shown.entries()) takeBack(id, 0, this.#positions.rate(at), 0);
    }
  }

  pack(): Packed {
    return {
      queries: this.#queries.pack(),
      shoppers: this.#past.pack(),
      rewordings: this.#rewordings.pack(),
      positions: this.#positions.pack(),
      given: this.#given.pack(),
      began: this.#began,
    };
  }

  /** Puts back what `pack` gave. */
  restore(packed: unknown): void {
    const data = packed as Packed;
    this.#queries.restore(data.queries);
    this.#past.restore(data.shoppers);
    this.#rewordings.restore(data.rewordings);
    this.#positions = PositionRates.restore(data.positions);
    this.#given.restore(data.given);
    this.#began = data.began;
    this.changes++;
  }

  #search(event: Event): void {
    const key = queryKey(event.query!);
    if (key === '') return;
    const { user, time, received = time } = event;
    if (isFromPage(event)) this.#began = Math.min(this.#began, received);
    const past = this.#past.of(user);
    const before = past.findLast((search) => search.key === key);
    // What a page has invented must not take the place of what there is.
    const listed = event.items.filter(({ unlisted }) => !unlisted);
    const shown = listed.slice(0, shownKept).map(({ id }) => id);
    // A page of the same search, or the same one told twice, is no second search.
    const same = before && event.attribution !== undefined && before.id === event.attribution;
    const counted = countsForAll(event) && this.#ask(event, key, shown, !same);
    if (same) this.#past.touch(user, received);
    else {
      const search: PastSearch = { key, time, times: (before?.times ?? 0) + 1, shown, counted };
      if (event.attribution !== undefined) search.id = event.attribution;
      this.#past.add(user, search, received);
    }
    this.changes++;
  }

  /**
   * What the search adds to what all ask. `isNew`: it is no page of one before. Returns whether what was shown counts as
   * looked at.
   */
  #ask(event: Event, key: string, shown: readonly string[], isNew: boolean): boolean {
    const { user, time, received = time } = event;
    const believed = !isFromPage(event);
    const counts = isNew && this.#given.raise(user, key, 1, received) > 0;
    // Who has asked so much today that they count no more invents no further query.
    if (!counts && !this.#queries.get(key)) return false;
    const record = this.#queries.ask(key, event.query!, user, time, { believed, counts });
    const looks = this.#isTrusted(event);
    if (looks) this.#show(event, record, key, shown);
    this.#queries.makeRoom();
    return looks;
  }

  #show(
    { user, time, received = time }: Event,
    record: QueryRecord,
    key: string,
    shown: readonly string[],
  ): void {
    for (const [at, id] of shown.entries()) {
      if (this.#given.raise(user, `${key}\nshown\n${id}`, 1, received) === 0) continue;
      this.#positions.show(at);
      const row = this.#queries.row(key, record, id);
      if (row >= 0) record.choices.add(row, 0, this.#positions.rate(at), 0);
    }
  }

  /**
   * Whether what a shopper does after searches counts for others: whoever a page made up today has no say. The shop must
   * know who they are, or have known them for a day by its own clock; all count in the first day that it has visitors.
   */
  #isTrusted(event: Event): boolean {
    const { time, received = time } = event;
    return !this.#isNew(event) || received - this.#began < knownSince;
  }

  /** A visitor whom a page may have made up today. */
  #isNew(event: Event): boolean {
    const { user, time, received = time } = event;
    return mayBeMadeUp(event) && !(received - this.#past.since(user) >= knownSince);
  }

  #choose(event: Event, weight: number): void {
    const past = this.#past.of(event.user);
    if (past.length === 0) return;
    const counts = countsForAll(event) && this.#isTrusted(event);
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
      const row = record ? this.#queries.row(search.key, record, id) : -1;
      if (!record || row < 0) continue;
      const counted = search.chosen?.get(id) ?? 0;
      if (weight <= counted) continue;
      // A purchase after a click adds what it says more than the click did.
      const more = this.#given.raise(event.user, `${search.key}\nchosen\n${id}`, weight, received);
      const isClick = counted === 0 && more === weight;
      record.choices.add(row, more, 0, isClick ? 1 : 0);
      this.#queries.choose(record, event.user);
      search.chosen ??= new Map();
      search.chosen.set(id, weight);
      if (isClick) {
        const at = search.shown.indexOf(id);
        if (at >= 0) this.#positions.click(at);
      }
      if (search.chosen.size === 1 && counted === 0) this.#reworded(event, past, search);
      this.#queries.makeRoom();
      this.changes++;
    }
  }

  /**
   * The search before, if it led to nothing, was this one in other words. Whoever a page may have made up has no say in
   * what words mean, however long ago it did: what hardly anybody asks for, a few who are patient could teach.
   */
  #reworded(event: Event, past: readonly PastSearch[], search: PastSearch): void {
    const { user, time } = event;
    const before = past[past.indexOf(search) - 1];
    if (!before || before.key === search.key || before.chosen || !isReworded(before, search)) return;
    if (mayBeMadeUp(event) && !this.#past.isCustomer(user)) return;
    const record = this.#queries.get(before.key);
    this.#rewordings.add(before.key, search.key, user, record ? faded(record, time) : 0);
  }

  #identify(event: Event): void {
    const anonymous = event.context?.anonymous;
    if (typeof anonymous !== 'string' || anonymous === event.user) return;
    const moving = this.#past.of(anonymous);
    if (moving.length === 0) return;
    for (const { key } of moving) this.#queries.rename(key, anonymous, event.user);
    this.#past.move(anonymous, event.user);
    this.changes++;
  }
}

interface Packed {
  queries: PackedQueries;
  shoppers: PackedSearcher[];
  rewordings: PackedPair[];
  positions: { shows: number[]; clicks: number[] };
  given: PackedMarks;
  began: number;
}
