import { type Event, isAnonymousId, isId } from '../core/index.js';
import type { LoggedEvent } from '../storage/index.js';

/**
 * The anonymous id whose doings an event gives to its known shopper; undefined for every other event. What a known
 * shopper did is never given to another, so an id that somebody was joined to stays who it is; and nobody becomes an
 * alias: what the anonymous id does next is its own again, until it is joined once more.
 */
export function joinedBy(event: Event, isKnown: (user: string) => boolean): string | undefined {
  if (event.type !== 'identify' || isAnonymousId(event.user)) return undefined;
  const anonymous = event.context?.anonymous;
  if (!isId(anonymous) || anonymous === event.user || isKnown(anonymous)) return undefined;
  return anonymous;
}

/**
 * Whose each event is, in log order: the shopper's who did it, or the known shopper's to whom the next `identify` of an
 * anonymous id gave it. What serving knows of a shopper, what a model learns of them, and what is erased with them are
 * the same events by this.
 */
export function ownersOf(events: readonly Event[]): string[] {
  const owners = events.map(({ user }) => user);
  const anonymous = new Set<unknown>();
  for (const { type, context } of events) if (type === 'identify') anonymous.add(context?.anonymous);
  const known = new Set<string>();
  const open = new Map<string, number[]>();
  events.forEach((event, at) => {
    const from = joinedBy(event, (user) => known.has(user));
    if (from !== undefined) {
      known.add(event.user);
      for (const earlier of open.get(from) ?? []) owners[earlier] = event.user;
      open.delete(from);
    }
    if (!anonymous.has(event.user)) return;
    const own = open.get(event.user);
    if (own) own.push(at);
    else open.set(event.user, [at]);
  });
  return owners;
}

/** The events of a log that are of one shopper, in log order; see `ownersOf`. */
export class OwnedBy {
  readonly #found: LoggedEvent[] = [];
  readonly #known = new Set<string>();
  readonly #open = new Map<string, LoggedEvent[]>();

  /** `anonymous`: the ids that may have been joined to them, see `anonymousOf`. */
  constructor(
    private readonly user: string,
    private readonly anonymous: ReadonlySet<string>,
  ) {}

  get events(): LoggedEvent[] {
    return this.#found.toSorted((a, b) => a.offset - b.offset);
  }

  add(logged: LoggedEvent): void {
    const { event } = logged;
    const from = joinedBy(event, (user) => this.#known.has(user));
    if (from !== undefined) {
      this.#known.add(event.user);
      if (event.user === this.user) this.#found.push(...(this.#open.get(from) ?? []));
      this.#open.delete(from);
    }
    if (event.user === this.user) this.#found.push(logged);
    else if (this.anonymous.has(event.user)) {
      const own = this.#open.get(event.user);
      if (own) own.push(logged);
      else this.#open.set(event.user, [logged]);
    }
  }
}

/** The anonymous id that an event joins to the shopper, if it does. */
export function anonymousOf(event: Event, user: string): string | undefined {
  if (event.type !== 'identify' || event.user !== user) return undefined;
  const anonymous = event.context?.anonymous;
  return isId(anonymous) ? anonymous : undefined;
}
