import {
  type Event,
  isAnonymousId,
  isErased,
  isId,
  newId,
  type PlainProfile,
  plainProfile,
  slicer,
} from '../core/index.js';
import { anonymousOf, OwnedBy, type ShopState } from '../projections/index.js';
import type { EventLog, LoggedEvent, Store } from '../storage/index.js';

/** What was removed. It names nobody, so it can be kept. */
export interface ErasureReceipt {
  receipt: string;
  time: string;
  /** Events that are empty places in the log now. */
  events: number;
  /** Events of others that named the shopper, and do not any more. */
  mentions: number;
  /** Whether anything was known of the shopper. */
  profile: boolean;
  /** Whether every byte of it in the store's files is overwritten; if not, erase once more when no training runs. */
  scrubbed: boolean;
  /**
   * Sums over all shoppers (counts, demand, what goes together, what is searched for, click rates): they name nobody, and
   * hold what the shopper added to them until then. `unchanged`: nothing of the shopper was ever counted.
   */
  statistics: 'made anew at the next start' | 'unchanged';
}

/** All that is kept of a shopper. */
export interface ShopperExport {
  user: string;
  profile: PlainProfile;
  cart: Readonly<Record<string, number>>;
  /** Theirs, and those of anonymous ids that were joined to them. */
  events: LoggedEvent[];
}

/** How long the log is read at a time, ms: requests are answered in between. */
const sliceMs = 2;

/** Everything kept of a shopper. */
export async function exportShopper(
  log: EventLog,
  state: ShopState,
  user: string,
  now: number,
): Promise<ShopperExport> {
  const { owned } = await search(log, user);
  return { user, profile: plainProfile(state.profile(user, now)), cart: state.cart(user), events: owned };
}

/** What an erasure came to. */
export interface Erasure {
  receipt: ErasureReceipt;
  /** The ids that are gone, for what is kept of them elsewhere: theirs, and anonymous ones that were joined to nobody else. */
  ids: string[];
}

/** Removes a shopper from log, state and the bytes of the store's files. */
export async function eraseShopper(
  { log, scrub }: Store,
  state: ShopState,
  user: string,
  now: number,
): Promise<Erasure> {
  const { owned, mentions, joined } = await search(log, user);
  const ids = [...joined, user];
  await log.rewrite(
    owned.map(({ offset }) => offset),
    () => undefined,
  );
  await log.rewrite(mentions, (event) => withoutMention(event, user));
  const profile = state.profile(user, now).total > 0;
  const counted = owned.length > 0 || mentions.length > 0 || profile;
  await state.forget(ids, counted);
  const receipt: ErasureReceipt = {
    receipt: newId('erased', now),
    time: new Date(now).toISOString(),
    events: owned.length,
    mentions: mentions.length,
    profile: profile || owned.length > 0,
    scrubbed: await scrub(),
    statistics: counted ? 'made anew at the next start' : 'unchanged',
  };
  return { receipt, ids };
}

/** What the age of events erased. */
export interface Aged {
  /** Events that are empty places in the log now. */
  events: number;
  /** Who has none left: as with an erased shopper, what is kept of them elsewhere goes too. */
  ids: string[];
}

/** Erases every event before a time, and who did nothing since. */
export async function eraseBefore({ log, scrub }: Store, state: ShopState, before: number): Promise<Aged> {
  const offsets: number[] = [];
  const users = new Set<string>();
  await each(log, ({ offset, event }) => {
    if (isErased(event) || event.time >= before) return;
    offsets.push(offset);
    for (const user of namesOf(event)) users.add(user);
  });
  if (offsets.length === 0) return { events: 0, ids: [] };
  await log.rewrite(offsets, () => undefined);
  const left = new Set<string>();
  await each(log, ({ event }) => {
    if (!isErased(event)) for (const user of namesOf(event)) if (users.has(user)) left.add(user);
  });
  const ids: string[] = [];
  const slice = slicer(sliceMs);
  for (const user of users) {
    if (!state.shoppers.forgetBefore(user, before) && !left.has(user)) ids.push(user);
    const pause = slice();
    if (pause) await pause;
  }
  await state.forget(ids);
  await scrub();
  return { events: offsets.length, ids };
}

/** Who did it, and whose it names. */
function namesOf({ type, user, context }: Event): string[] {
  const anonymous = type === 'identify' ? context?.anonymous : undefined;
  return isId(anonymous) ? [user, anonymous] : [user];
}

/** `joined`: anonymous ids all of whose events became the shopper's. What one did since is its own, and it stays. */
async function search(
  log: EventLog,
  user: string,
): Promise<{ owned: LoggedEvent[]; mentions: number[]; joined: string[] }> {
  const anonymous = new Set<string>();
  await each(log, ({ event }) => {
    const id = anonymousOf(event, user);
    if (id !== undefined) anonymous.add(id);
  });
  const owned = new OwnedBy(user, anonymous);
  const mentions: number[] = [];
  const left = new Map([...anonymous].map((id) => [id, 0]));
  const count = (id: string, by: number): void => {
    const known = left.get(id);
    if (known !== undefined) left.set(id, known + by);
  };
  await each(log, (logged) => {
    owned.add(logged);
    if (!isErased(logged.event)) count(logged.event.user, 1);
    if (logged.event.user !== user && mentionsUser(logged.event, user)) mentions.push(logged.offset);
  });
  for (const { event } of owned.events) count(event.user, -1);
  // A known shopper whom the log has nothing of was never joined: only what is sure to be anonymous goes then.
  const ofThem = new Set(owned.events.map(({ event }) => event.user));
  const joined = [...anonymous].filter(
    (id) => id !== user && left.get(id) === 0 && (ofThem.has(id) || isAnonymousId(id)),
  );
  return { owned: owned.events, mentions, joined };
}

async function each(log: EventLog, look: (logged: LoggedEvent) => void): Promise<void> {
  const slice = slicer(sliceMs);
  for await (const { first, events } of log.blocks()) {
    events.forEach((event, at) => {
      look({ offset: first + at, event });
    });
    const pause = slice();
    if (pause) await pause;
  }
}

function mentionsUser({ context, session, query }: Event, user: string): boolean {
  return session === user || query === user || Object.values(context ?? {}).includes(user);
}

function withoutMention(event: Event, user: string): Event {
  const { context, session, query, ...rest } = event;
  const kept = Object.entries(context ?? {}).filter(([, value]) => value !== user);
  return {
    ...rest,
    ...(session !== undefined && session !== user && { session }),
    ...(query !== undefined && query !== user && { query }),
    ...(context && { context: Object.fromEntries(kept) }),
  };
}
